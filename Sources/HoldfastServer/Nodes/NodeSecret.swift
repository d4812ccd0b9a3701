internal import HoldfastBase
package import HoldfastRedis
internal import HoldfastSystem

/// Where the password of a node comes from. It is read anew for each connection, so that a changed
/// file is in use as soon as the node asks, and it is kept nowhere.
package enum NodeSecret: Hashable, Sendable {
    /// The node asks for none.
    case none
    /// The first line of a file.
    case file(String)
    /// The value of a variable of the environment.
    case environment(String)

    /// Longest password, and largest file.
    package static let bytesMax = 4096

    /// What to say to the node; nil when it asks for nothing.
    package func credentials(user: String?) throws(NodeSecretError) -> NodeCredentials? {
        switch self {
        case .none: return nil
        case .file(let path):
            let bytes: [UInt8]
            do throws(FileError) {
                bytes = try SmallFile.read(path, bytesMax: Self.bytesMax)
            } catch {
                throw NodeSecretError(description: error.description)
            }
            var line = bytes.prefix { $0 != 0x0A }
            if line.last == 0x0D { line.removeLast() }
            guard !line.isEmpty, let password = String(validating: line, as: UTF8.self) else {
                throw NodeSecretError(description: "the first line of \(path) is no password")
            }
            return NodeCredentials(user: user, password: password)
        case .environment(let name):
            guard
                let password = ProcessEnvironment.variables.first(where: { $0.name == name })?
                    .value, !password.isEmpty, password.utf8.count <= Self.bytesMax
            else {
                throw NodeSecretError(
                    description: "the environment variable \(name) holds no password")
            }
            return NodeCredentials(user: user, password: password)
        }
    }
}

/// Why there is no password. Never says what was read.
package struct NodeSecretError: Error, CustomStringConvertible {
    package let description: String
}

internal import HoldfastBase
internal import HoldfastSettings

/// How files are reached; a stand-in in tests.
package struct FileAccess: Sendable {
    /// The bytes of a file, "-" being standard input; `nil` where there is none. Throws what is wrong in
    /// words.
    package let read: @Sendable (String) throws -> [UInt8]?
    /// Puts a file in place, whole, and makes the folders above it. For the owner alone.
    package let write: @Sendable (String, [UInt8]) throws -> Void
    /// Where relative paths begin.
    package let workingDirectory: String

    package init(
        read: @escaping @Sendable (String) throws -> [UInt8]?,
        write: @escaping @Sendable (String, [UInt8]) throws -> Void, workingDirectory: String
    ) {
        self.read = read
        self.write = write
        self.workingDirectory = workingDirectory
    }

    /// The bytes of a file that must be there.
    func needed(_ path: String) throws(ArgumentError) -> [UInt8] {
        let found: [UInt8]?
        do {
            found = try read(path)
        } catch {
            throw ArgumentError("\(error)")
        }
        guard let found else {
            throw ArgumentError("cannot read \(TextEscape.printable(path)): no such file")
        }
        return found
    }

    /// `path`, whatever the working directory is.
    func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(workingDirectory)/\(path)"
    }
}

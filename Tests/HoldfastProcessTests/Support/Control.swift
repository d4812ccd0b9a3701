import Foundation

/// A `holdfastctl` that runs, or has run, with nothing of our environment.
final class Control: Sendable {
    static let binary = URL(fileURLWithPath: Daemon.binary)
        .deletingLastPathComponent().appendingPathComponent("holdfastctl").path

    let child: Child
    private let folder: Folder
    private let name = UUID().uuidString

    /// - Parameter daemons: the servers it is told, with the certificates of the first.
    init(
        _ arguments: [String], at daemons: [Daemon] = [], in folder: Folder,
        environment: [String: String] = [:]
    ) async throws {
        self.folder = folder
        var environment = environment
        environment["PATH"] = "/usr/bin:/bin"
        environment["HOME"] = environment["HOME"] ?? folder.path
        if let first = daemons.first, environment["HOLDFAST_ENDPOINTS"] == nil {
            var addresses: [String] = []
            for daemon in daemons { addresses.append(try await daemon.address()) }
            environment["HOLDFAST_ENDPOINTS"] = addresses.joined(separator: ",")
            environment["HOLDFAST_DATA_DIR"] = first.folder["holdfast-data"]
        }
        child = try Child(
            [Self.binary] + arguments, environment: environment, in: folder.path,
            output: folder["\(name).out"], errors: folder["\(name).err"])
    }

    /// Runs to the end.
    static func run(
        _ arguments: String..., at daemons: [Daemon] = [], in folder: Folder? = nil,
        environment: [String: String] = [:]
    ) async throws -> (exit: Child.Exit, output: String, errors: String) {
        let control = try await Control(
            arguments, at: daemons, in: try folder ?? Folder(), environment: environment)
        let exit = try await control.child.ended(within: .seconds(60))
        return (exit, control.output, control.errors)
    }

    var output: String { folder.read("\(name).out") }
    var errors: String { folder.read("\(name).err") }

    /// Waits until the output is as wanted; a run that ends before never will be.
    func prints(_ what: String, _ isWanted: (String) -> Bool) async throws {
        try await eventually("\(what) from holdfastctl") {
            if isWanted(output) { return true }
            if let exit = child.poll(), !isWanted(output) {
                throw Failure("ended with \(exit): \(output)\(errors)")
            }
            return false
        }
    }

    func ended() async throws -> Child.Exit { try await child.ended(within: .seconds(60)) }
}

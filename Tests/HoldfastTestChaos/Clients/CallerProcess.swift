import Foundation

/// A caller in a process of its own, which can be stopped and killed.
package final class CallerProcess: Sendable {
    private let process: OwnedProcess

    /// Starts it and waits until it has begun its history.
    package init(_ settings: CallerSettings) async throws {
        let text = String(decoding: try JSONEncoder().encode(settings), as: UTF8.self)
        process = try OwnedProcess(
            [Checkout.binary("holdfast-chaos"), "caller", text], in: settings.folder,
            output: "\(settings.folder)/caller-\(settings.number).out")
        try await eventually("caller \(settings.number) begins") {
            FileManager.default.fileExists(
                atPath: "\(settings.folder)/caller-\(settings.number).history")
        }
    }

    package func pause() { process.send(SIGSTOP) }
    package func resume() { process.send(SIGCONT) }
    package func kill() { process.end() }

    /// Has it finish what it is at.
    package func stop() async throws {
        process.send(SIGTERM)
        let exit = try await process.ended()
        guard exit == .code(0) else { throw ChaosFailure("a caller ended with \(exit)") }
    }
}

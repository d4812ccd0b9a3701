package import HoldfastBase
import Foundation
import Synchronization

/// A `holdfastd` on ports of its own that is killed and started again at will.
package final class ServerProcess: Sendable {
    package let number: Int
    package let port: Int
    let opsPort: Int
    private let arguments: [String]
    private let scratch: Scratch
    private let process = Mutex<OwnedProcess?>(nil)

    init(_ number: Int, _ arguments: [String], in scratch: Scratch) throws {
        self.number = number
        self.arguments = arguments
        self.scratch = scratch
        port = try PlainConnection.freePort()
        opsPort = try PlainConnection.freePort()
    }

    package var isRunning: Bool { process.withLock { $0?.isRunning ?? false } }

    package func start() throws {
        let words =
            [
                Checkout.binary("holdfastd"), "--listen", "127.0.0.1:\(port)", "--ops-listen",
                "127.0.0.1:\(opsPort)", "--node-id", "server-\(number)", "--log-format", "json",
            ] + arguments
        let child = try OwnedProcess(words, in: scratch.path, output: logPath)
        process.withLock { $0 = child }
    }

    private var logPath: String { scratch["server-\(number).log"] }

    package var log: String { scratch.read("server-\(number).log") }

    package func kill() { process.withLock { $0?.end() } }
    package func pause() { send(SIGSTOP) }
    package func resume() { send(SIGCONT) }

    package func send(_ signal: Int32) {
        process.withLock { $0?.send(signal) }
    }

    package func ended(within limit: Interval = .seconds(30)) async throws -> OwnedProcess.Exit {
        guard let child = process.withLock({ $0 }) else { throw ChaosFailure("never started") }
        return try await child.ended(within: limit)
    }

    /// Throws if it has ended by itself.
    package func mustRun() throws {
        guard let exit = process.withLock({ $0?.poll() }) else { return }
        throw ChaosFailure("server \(number) ended with \(exit): \(log.suffix(2000))")
    }

    // MARK: What it says

    /// Status and body of a page for operators; nil while it does not answer.
    package func page(_ path: String) -> (status: Int, body: String)? {
        guard let connection = try? PlainConnection(port: opsPort, seconds: 5) else { return nil }
        let request = "GET \(path) HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
        guard (try? connection.send(request.utf8)) != nil, let bytes = try? connection.all() else {
            return nil
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        let status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (status ?? 0, String(text[end.upperBound...]))
    }

    package var isReady: Bool { page("/readyz")?.status == 200 }

    /// A number of /metrics; nil when there is no such sample, or no answer.
    package func metric(_ sample: String) -> Double? {
        page("/metrics")?.body.split(separator: "\n").first { $0.hasPrefix(sample + " ") }
            .flatMap { Double($0.dropFirst(sample.count + 1)) }
    }
}

import Foundation
import HoldfastSystem
import Synchronization

/// A real redis-server of one test; ended with it.
final class RedisNode: Sendable {
    let port: Int
    let folder: Folder
    private let options: [String]
    private let process = Holder()

    /// The process of the moment.
    private final class Holder: Sendable {
        private let value = Mutex<Process?>(nil)

        var current: Process? {
            get { value.withLock { $0 } }
            set { value.withLock { $0 = newValue } }
        }
    }

    /// Starts it and waits until it listens. With `port` 0 it listens where `options` say.
    init(_ options: [String] = [], isTCP: Bool = true) async throws {
        self.options = options
        folder = try Folder()
        var failure: any Error = Failure("no port")
        var chosen: Int?
        // A port that was free can be taken before the node has it.
        for _ in 0..<5 where chosen == nil {
            do {
                let candidate = try Self.freePort()
                try Self.launch(candidate, isTCP, options, folder, process)
                try await Self.waitUntilReady(folder, process)
                chosen = candidate
            } catch { failure = error }
        }
        guard let chosen else { throw failure }
        port = chosen
    }

    deinit {
        if let running = process.current, running.isRunning {
            kill(running.processIdentifier, SIGKILL)
            running.waitUntilExit()
        }
    }

    var socketPath: String { folder["redis.sock"] }

    func send(_ signal: Int32) {
        if let running = process.current, running.isRunning {
            kill(running.processIdentifier, signal)
        }
    }

    /// As a crash would.
    func crash() {
        send(SIGKILL)
        process.current?.waitUntilExit()
    }

    /// Starts it again, at the same place with the same data.
    func restart() async throws {
        try Self.launch(port, true, options, folder, process)
        try await Self.waitUntilReady(folder, process)
    }

    /// What redis-cli prints.
    @discardableResult
    func command(_ words: String...) throws -> String {
        try run("/usr/bin/redis-cli", place + words).output
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private var place: [String] {
        options.contains("--unixsocket")
            ? ["-s", socketPath] : ["-h", "127.0.0.1", "-p", "\(port)"]
    }

    private static func waitUntilReady(
        _ log: Folder, _ process: Holder
    ) async throws {
        try await eventually("redis-server is ready") {
            guard process.current?.isRunning ?? false else {
                throw Failure("redis-server ended: \(log.read("redis.log").suffix(500))")
            }
            let text = log.read("redis.log")
            return text.contains("Ready to accept connections")
                || text.contains("ready to accept connections")
        }
    }

    private static func launch(
        _ port: Int, _ isTCP: Bool, _ options: [String], _ folder: Folder,
        _ process: Holder
    ) throws {
        try? FileManager.default.removeItem(atPath: folder["redis.log"])
        let server = Process()
        server.executableURL = URL(fileURLWithPath: "/usr/bin/redis-server")
        server.arguments =
            [
                "--bind", "127.0.0.1", "--dir", folder.path, "--save", "", "--logfile",
                folder["redis.log"], "--port", isTCP ? "\(port)" : "0",
            ]
            + options.map {
                $0.replacing("PORT", with: "\(port)").replacing("DIR", with: folder.path)
            }
        server.standardInput = FileHandle.nullDevice
        server.standardOutput = FileHandle.nullDevice
        server.standardError = FileHandle.nullDevice
        try server.run()
        process.current = server
    }

    private static func freePort() throws -> Int {
        let address = try SocketAddress.resolve(host: "127.0.0.1", port: 0, passive: true)
        let listener = try Sockets.listen(at: address[0])
        return Sockets.localAddress(of: listener.number)?.port ?? 0
    }
}

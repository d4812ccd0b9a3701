import Foundation

/// A real redis-server of its own, which keeps nothing, behind a Unix socket.
final class RedisServer {
    let socketPath: String
    private let process = Process()
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appending(path: "holdfast-redis-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        socketPath = folder.appending(path: "s").path
        process.executableURL = URL(filePath: "/usr/bin/redis-server")
        process.arguments = [
            "--port", "0", "--unixsocket", socketPath, "--dir", folder.path, "--save", "",
            "--appendonly", "no", "--enable-debug-command", "yes", "--logfile", "/dev/null",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    /// A connection, as soon as the server listens. Keys then end only when they are looked at.
    func connect() throws -> RedisClient {
        for _ in 0..<500 {
            if let client = RedisClient(socketPath: socketPath) {
                _ = try client.execute([["DEBUG", "SET-ACTIVE-EXPIRE", "0"].map { Array($0.utf8) }])
                return client
            }
            usleep(10_000)
        }
        throw RedisClient.Failure(text: "redis-server does not listen")
    }
}

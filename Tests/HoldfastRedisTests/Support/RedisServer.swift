import Foundation
import HoldfastRedis

/// What a test cannot go on after.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A Redis server of one test, on a socket in a directory of its own; it ends with the value.
final class RedisServer {
    let socketPath: String
    private let directory: String
    private let pid: pid_t

    init(_ options: [String] = []) throws {
        var template = Array("/tmp/holdfast-node-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw Failure("no temporary directory") }
        directory = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        socketPath = directory + "/socket"
        let arguments =
            [
                "redis-server", "--port", "0", "--unixsocket", socketPath, "--save", "",
                "--appendonly", "no", "--dir", directory, "--logfile", directory + "/log",
            ] + options
        var words = unsafe arguments.map { unsafe strdup($0) }
        unsafe words.append(nil)
        defer { unsafe words.forEach { unsafe free($0) } }
        var pid: pid_t = 0
        let result = unsafe posix_spawnp(&pid, arguments[0], nil, nil, words, environ)
        guard result == 0 else { throw Failure("cannot start redis-server: errno \(result)") }
        self.pid = pid
    }

    deinit {
        kill(pid, SIGKILL)
        var status: Int32 = 0
        _ = unsafe waitpid(pid, &status, 0)
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// A connection, as soon as the server listens.
    func connect() throws -> RedisConnection {
        for _ in 0..<200 {
            if let connection = RedisConnection(path: socketPath) { return connection }
            usleep(50_000)
        }
        throw Failure("redis-server does not listen")
    }
}

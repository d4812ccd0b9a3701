import Glibc
import HoldfastBase
import HoldfastRedis
import HoldfastSystem

/// A `redis-server` of the run: loopback TCP, and nothing on disk unless it is told so.
final class BenchNode {
    /// When what is written is on the disk.
    enum Fsync: String, CaseIterable {
        /// Before it is answered.
        case always
        /// Within a second or two.
        case everysec
        /// When the system likes.
        case no
    }

    let process: ChildProcess
    let port: Int
    private var line: NodeLine

    init(in folder: String, number: Int, fsync: Fsync? = nil) throws {
        let home = "\(folder)/node\(number)"
        guard unsafe mkdir(home, 0o700) == 0 else { throw BenchError("cannot make \(home)") }
        port = try FreePort.take()
        process = try BenchProcesses.start([
            "/usr/bin/env", "redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--save",
            "", "--appendonly", fsync == nil ? "no" : "yes", "--appendfsync",
            (fsync ?? .no).rawValue, "--maxmemory-policy", "noeviction", "--dir", home,
            "--logfile", "\(home)/redis.log",
        ])
        line = try NodeLine(port: port, patience: .seconds(5))
    }

    var address: String { "127.0.0.1:\(port)" }

    /// Asks something beside the load.
    func ask(_ words: [String]) throws -> RedisValue { try line.ask(words) }

    /// What INFO says, by its names.
    func info(_ section: String) throws -> [String: String] {
        guard case .bulk(let bytes) = try ask(["INFO", section]) else {
            throw BenchError("node \(address) does not answer INFO")
        }
        var fields: [String: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
        }
        return fields
    }

    /// Calls of scripts so far, and the microseconds they took.
    func scriptCalls() throws -> (calls: Double, microseconds: Double) {
        guard let text = try info("commandstats")["cmdstat_evalsha"] else { return (0, 0) }
        func field(_ name: String) -> Double {
            let parts = text.split(separator: ",").map { $0.split(separator: "=") }
            return parts.first { $0.first.map(String.init) == name }
                .flatMap { $0.last.flatMap { Double($0) } } ?? 0
        }
        return (field("calls"), field("usec"))
    }
}

/// Ports of loopback that nobody uses now.
enum FreePort {
    static func take() throws -> Int {
        guard let any = SocketAddress.numeric(host: "127.0.0.1", port: 0) else {
            throw BenchError("no loopback address")
        }
        let socket = try Sockets.listen(at: any)
        return Sockets.localAddress(of: socket.number)?.port ?? 0
    }
}

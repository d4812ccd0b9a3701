import Glibc
import HoldfastBase
import HoldfastRedis

/// A blocking connection to a Redis server on a Unix socket.
final class RedisConnection {
    private let descriptor: Int32
    private var reader = ReplyReader()
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    init?(path: String) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
            unsafe room.copyBytes(from: path.utf8.prefix(room.count - 1))
        }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Sends bytes that may hold many commands.
    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let size = unsafe rest.withUnsafeBytes { raw in
                unsafe Glibc.send(descriptor, raw.baseAddress, raw.count, Int32(MSG_NOSIGNAL))
            }
            guard size > 0 else { throw Failure("cannot send: errno \(errno)") }
            rest = rest.dropFirst(size)
        }
    }

    /// The next answer to a command, or the next message.
    func receive() throws -> RedisValue {
        while true {
            switch reader.next() {
            case .value(let value): return value
            case .violation(let violation): throw Failure("violation: \(violation)")
            case .starved:
                let size = unsafe recv(descriptor, &buffer, buffer.count, 0)
                guard size > 0 else { throw Failure("connection ended") }
                unsafe reader.feed(buffer.span.bytes.extracting(0..<size))
            }
        }
    }

    @discardableResult
    func command(_ words: [String]) throws -> RedisValue {
        var writer = RedisCommandWriter()
        writer.command(words)
        try send(unsafe Array(writer.queue.unsafeBytes))
        return try receive()
    }

    @discardableResult
    func command(_ words: String...) throws -> RedisValue { try command(words) }
}

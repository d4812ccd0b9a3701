import Glibc
import HoldfastRedis

/// A blocking connection to a Redis server: many commands out at once, and their replies in.
final class RedisClient {
    struct Failure: Error {
        let text: String
    }

    private let descriptor: Int32
    private var input: [UInt8] = []
    private var place = 0

    /// Nil while nobody listens.
    init?(socketPath: String) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { path in
            unsafe path.copyBytes(from: socketPath.utf8.prefix(path.count - 1))
        }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe bytes.withMemoryRebound(to: sockaddr.self) { pointer in
                unsafe connect(descriptor, pointer.baseAddress, size)
            }
        }
        if status != 0 { return nil }
    }

    /// Runs after an `init` that failed, too: closing there as well would close another's descriptor.
    deinit {
        close(descriptor)
    }

    /// The replies to the commands, in their order.
    func execute(_ commands: [[[UInt8]]]) throws -> [RedisValue] {
        var output: [UInt8] = []
        for command in commands {
            output += Array("*\(command.count)\r\n".utf8)
            for word in command {
                output += Array("$\(word.count)\r\n".utf8) + word + [13, 10]
            }
        }
        var sent = 0
        while sent < output.count {
            let count = unsafe output[sent...].withUnsafeBytes { bytes in
                unsafe write(descriptor, bytes.baseAddress, bytes.count)
            }
            guard count > 0 else { throw Failure(text: "the server hung up") }
            sent += count
        }
        return try commands.map { _ in try value() }
    }

    private func value() throws -> RedisValue {
        let head = try line()
        let rest = Array(head.dropFirst())
        let number = Int64(String(decoding: rest, as: UTF8.self)) ?? 0
        switch head.first {
        case UInt8(ascii: "+"): return .status(rest)
        case UInt8(ascii: "-"): return .error(rest)
        case UInt8(ascii: ":"): return .integer(number)
        case UInt8(ascii: "$"): return number < 0 ? .null : .bulk(try bytes(Int(number)))
        case UInt8(ascii: "*"):
            return number < 0 ? .null : .array(try (0..<number).map { _ in try value() })
        default: throw Failure(text: "no reply: \(String(decoding: head, as: UTF8.self))")
        }
    }

    private func line() throws -> [UInt8] {
        var end = place
        while true {
            if end + 1 < input.count, input[end] == 13, input[end + 1] == 10 { break }
            if end + 1 < input.count { end += 1 } else { end -= try fill() }
        }
        defer { place = end + 2 }
        return Array(input[place..<end])
    }

    private func bytes(_ count: Int) throws -> [UInt8] {
        while input.count < place + count + 2 { _ = try fill() }
        defer { place += count + 2 }
        return Array(input[place..<place + count])
    }

    /// Reads more; by how much what was there before has moved to the front.
    private func fill() throws -> Int {
        let moved = place
        input.removeFirst(place)
        place = 0
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe chunk.withUnsafeMutableBytes { bytes in
            unsafe read(descriptor, bytes.baseAddress, bytes.count)
        }
        guard count > 0 else { throw Failure(text: "the server hung up") }
        input += chunk.prefix(count)
        return moved
    }
}

import Glibc

/// A blocking TCP connection to a port of this machine, for control and probes.
final class PlainConnection {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(port: Int, seconds: Int = 5) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw ChaosFailure("no socket: errno \(errno)") }
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        let result = unsafe Self.withAddress(port) { unsafe connect(descriptor, $0, $1) }
        guard result == 0 else {
            throw ChaosFailure("cannot connect to port \(port): errno \(errno)")
        }
    }

    /// Runs after an `init` that threw, too: closing there as well would close another's descriptor.
    deinit { Glibc.close(descriptor) }

    func send(_ bytes: some Sequence<UInt8>) throws {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { room in
                unsafe Glibc.send(descriptor, room.baseAddress, room.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw ChaosFailure("cannot send: errno \(errno)") }
            rest.removeFirst(count)
        }
    }

    /// One line without its end.
    func line() throws -> [UInt8] {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                var line = Array(buffer[..<end])
                buffer.removeFirst(end + 1)
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                return line
            }
            guard try fill() else { throw ChaosFailure("the peer has closed") }
        }
    }

    func exactly(_ count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try fill() else { throw ChaosFailure("the peer has closed") }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    func all() throws -> [UInt8] {
        while try fill() {}
        return buffer
    }

    private func fill() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe chunk.withUnsafeMutableBytes { room in
            unsafe recv(descriptor, room.baseAddress, room.count, 0)
        }
        guard count >= 0 else { throw ChaosFailure("no answer: errno \(errno)") }
        buffer += chunk[..<count]
        return count > 0
    }

    private static func withAddress(
        _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        unsafe inet_pton(AF_INET, "127.0.0.1", &place.sin_addr)
        return unsafe withUnsafePointer(to: &place) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// A port that nobody has, below those that the system hands out by itself: whoever ends and comes
    /// back finds it free.
    static func freePort() throws -> Int {
        for _ in 0..<200 {
            let port = Int.random(in: 12_000..<32_000)
            let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            defer { Glibc.close(probe) }
            if unsafe withAddress(port, { unsafe bind(probe, $0, $1) }) == 0 { return port }
        }
        throw ChaosFailure("no free port")
    }
}

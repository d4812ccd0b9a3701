import Foundation

/// A TCP connection without TLS that waits for its bytes.
final class PlainSocket: Sendable {
    let descriptor: Int32

    /// Connects; refused when nobody listens.
    init(_ address: String, timeout: Int = 60) throws {
        let parts = address.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1]) else { throw Failure(address) }
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure("no socket: errno \(errno)") }
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        unsafe inet_pton(AF_INET, String(parts[0]), &place.sin_addr)
        let result = unsafe withUnsafePointer(to: &place) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            throw Failure(code == ECONNREFUSED ? "refused" : "connect: errno \(code)")
        }
    }

    /// Runs after an `init` that threw, too: closing there as well would close another's descriptor.
    deinit { Glibc.close(descriptor) }

    func send(_ bytes: some Sequence<UInt8>) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let size = unsafe rest.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
            guard size > 0 else { return }
            rest = rest.dropFirst(size)
        }
    }

    func send(_ text: String) { send(text.utf8) }

    /// Tells the server that nothing more comes.
    func closeHalf() { shutdown(descriptor, Int32(SHUT_WR)) }

    enum End: Hashable {
        case closed
        case reset
        case timeout
    }

    /// Everything that comes, and how it ended.
    func readAll() -> (bytes: [UInt8], end: End) {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let size = unsafe recv(descriptor, &part, part.count, 0)
            if size == 0 { return (bytes, .closed) }
            if size < 0 { return (bytes, errno == ECONNRESET ? .reset : .timeout) }
            bytes += part.prefix(size)
        }
    }

    /// Waits on a thread of its own: there are few that run tests.
    func finish() async -> (bytes: [UInt8], end: End) {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: self.readAll()) }
        }
    }

    func exchange(_ text: String) async -> String {
        send(text)
        return String(decoding: await finish().bytes, as: UTF8.self)
    }
}

/// An HTTP answer, taken apart.
struct HTTPAnswer {
    let status: Int
    let head: String
    let body: String

    init(_ text: String) throws {
        guard let gap = text.range(of: "\r\n\r\n"), text.hasPrefix("HTTP/1.1 "),
            let status = Int(text.dropFirst(9).prefix(3))
        else { throw Failure("no HTTP answer: \(text.debugDescription)") }
        self.status = status
        head = String(text[..<gap.lowerBound])
        body = String(text[gap.upperBound...])
    }

    func field(_ name: String) -> String? {
        head.components(separatedBy: "\r\n").first { $0.lowercased().hasPrefix("\(name): ") }
            .map { String($0.dropFirst(name.count + 2)) }
    }
}

/// What came back and how it ended.
struct PlainSocketResult {
    let text: String
    let end: PlainSocket.End

    init(_ result: (bytes: [UInt8], end: PlainSocket.End)) {
        text = String(decoding: result.bytes, as: UTF8.self)
        end = result.end
    }
}

extension PlainSocket {
    /// Sends it all, in these pieces, then reads all; on a thread of its own, for which a moment
    /// between two pieces stays one.
    func talk(_ pieces: String...) async -> (bytes: [UInt8], end: End) {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                for piece in pieces {
                    self.send(piece)
                    if pieces.count > 1 { usleep(5000) }
                }
                continuation.resume(returning: self.readAll())
            }
        }
    }
}

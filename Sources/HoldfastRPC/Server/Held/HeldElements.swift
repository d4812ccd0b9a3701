internal import HoldfastBase
internal import HoldfastWireProtocol

/// Elements of a held stream that wait for the caller's credit or for room, and how it ends after
/// them.
final class HeldElements {
    enum Ending {
        case finished
        case failed(RPCError)
    }

    private static let lengthBytes = 4

    private var bodies = ByteQueue()
    /// The holder wants to hear when they are gone.
    var isAwaited = false
    /// Set when the holder has ended the stream: from then on it is the session's alone.
    var ending: Ending?

    /// Bytes of memory that count against the limits.
    var count: Int { bodies.count }

    static func bytes(ofBody size: Int) -> Int { lengthBytes + size }

    /// How long the first body is.
    var firstBytes: Int? {
        guard !bodies.isEmpty else { return nil }
        return Int(unsafe bodies.unsafeBytes.loadUnaligned(as: UInt32.self))
    }

    func append(bodyBytes: Int, _ write: (inout WireWriter) -> Void) {
        unsafe bodies.append(room: Self.bytes(ofBody: bodyBytes)) { room in
            unsafe room.storeBytes(of: UInt32(clamping: bodyBytes), as: UInt32.self)
            let body = unsafe UnsafeMutableRawBufferPointer(rebasing: room[Self.lengthBytes...])
            var writer = unsafe WireWriter(body)
            write(&writer)
            for index in writer.count..<max(writer.count, bodyBytes) { unsafe body[index] = 0 }
            return Self.bytes(ofBody: bodyBytes)
        }
    }

    func putFirst(_ size: Int, into writer: inout WireWriter) {
        unsafe writer.putRaw(
            UnsafeRawBufferPointer(
                rebasing: bodies.unsafeBytes[Self.lengthBytes..<(Self.lengthBytes + size)]))
    }

    func removeFirst(_ size: Int) {
        bodies.removeFirst(Self.bytes(ofBody: size))
    }
}

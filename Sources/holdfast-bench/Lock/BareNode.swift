import HoldfastBase
import HoldfastRedis
import HoldfastSystem

/// One pipelined connection of the bare loop to a node: bytes out, answers in their order.
@safe
final class BareNode {
    let descriptor: Descriptor
    private var output = ByteQueue()
    private var input = ByteQueue()
    private var open: [UInt64] = []
    private var oldest = 0

    init(port: Int) throws {
        descriptor = try LoopbackSocket.connect(port: port, patience: .zero)
    }

    /// Queues a call; its answer comes with `ticket`.
    func put(_ call: borrowing ScriptCall, ticket: UInt64) {
        output.append(call.bytes)
        open.append(ticket)
    }

    func flush() throws {
        while !output.isEmpty {
            guard let size = unsafe Sockets.write(descriptor.number, output.unsafeBytes) else {
                throw BenchError("a node closed the connection")
            }
            // The rest leaves with what follows the next answers.
            if size == 0 { return }
            output.removeFirst(size)
        }
    }

    /// Reads what has come; `take` is handed the ticket and the first byte of each answer.
    func receive(
        scratch: UnsafeMutableRawBufferPointer, _ take: (UInt64, UInt8) throws -> Void
    ) throws {
        while case .bytes(let size) = unsafe Sockets.read(descriptor.number, into: scratch) {
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: scratch[..<size])
            unsafe input.append(RawSpan(_unsafeBytes: bytes))
            var offset = 0
            while let answer = try unsafe Self.answer(input.unsafeBytes, &offset) {
                let ticket = open[oldest]
                oldest += 1
                if oldest > 4096, oldest * 2 > open.count {
                    open.removeFirst(oldest)
                    oldest = 0
                }
                try take(ticket, answer)
            }
            input.removeFirst(offset)
            if size < scratch.count { return }
        }
    }

    /// The first byte of the answer at `offset`, and moves behind it; `nil` when it is not whole.
    private static func answer(
        _ bytes: UnsafeRawBufferPointer, _ offset: inout Int
    ) throws -> UInt8? {
        func byte(_ place: Int) -> UInt8 { unsafe bytes[place] }
        var end = offset
        var number = 0
        while end + 1 < bytes.count, byte(end) != 0x0D {
            if end > offset { number = number &* 10 &+ Int(byte(end)) &- 0x30 }
            end += 1
        }
        guard end + 1 < bytes.count else { return nil }
        switch byte(offset) {
        case UInt8(ascii: "$"):
            guard end + 4 + number <= bytes.count else { return nil }
            offset = end + 4 + number
            return byte(end + 2)
        case UInt8(ascii: ":"):
            defer { offset = end + 2 }
            return byte(offset + 1)
        default:
            let text = unsafe String(decoding: bytes[offset..<end], as: UTF8.self)
            throw BenchError("a node answered \(text)")
        }
    }
}

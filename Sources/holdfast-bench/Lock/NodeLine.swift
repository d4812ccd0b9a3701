import HoldfastBase
import HoldfastRedis
import HoldfastSystem

/// One connection to a node on which one thing is asked at a time.
@safe
struct NodeLine: ~Copyable {
    private static let answerMilliseconds: Int32 = 5000

    private let descriptor: Descriptor
    private let poller: Poller
    private var reader = ReplyReader()
    private var writer = RedisCommandWriter()

    /// Connects, for as long as it takes the node to start.
    init(port: Int, patience: Interval) throws {
        let socket = try LoopbackSocket.connect(port: port, patience: patience)
        let fresh = try Poller(eventsPerWait: 1)
        try fresh.add(socket.number, .readable, token: 0)
        descriptor = consume socket
        poller = consume fresh
    }

    mutating func ask(_ words: [String]) throws -> RedisValue {
        writer.removeAll()
        writer.command(words)
        return try exchange(Array(copying: writer.bytes))
    }

    mutating func ask(_ call: borrowing ScriptCall) throws -> RedisValue {
        try exchange(Array(copying: call.bytes))
    }

    private mutating func exchange(_ command: [UInt8]) throws -> RedisValue {
        let taken = unsafe command.withUnsafeBytes {
            unsafe Sockets.write(descriptor.number, $0)
        }
        guard taken == command.count else { throw BenchError("a node takes no commands") }
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { unsafe room.deallocate() }
        while true {
            switch reader.next() {
            case .value(let value): return value
            case .violation(let violation): throw BenchError("a node answered \(violation)")
            case .starved: break
            }
            guard poller.wait(milliseconds: Self.answerMilliseconds) > 0 else {
                throw BenchError("a node does not answer")
            }
            guard case .bytes(let size) = unsafe Sockets.read(descriptor.number, into: room) else {
                throw BenchError("a node closed the connection")
            }
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: room[..<size])
            reader.feed(unsafe RawSpan(_unsafeBytes: bytes))
        }
    }
}

extension Array where Element == UInt8 {
    init(copying span: RawSpan) {
        self = unsafe span.withUnsafeBytes { unsafe Array($0) }
    }
}

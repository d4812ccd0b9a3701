package import HoldfastWire

/// A frame put together and taken apart without the code under test: from the page that describes it.
package struct TestFrame: Hashable, Sendable, CustomStringConvertible {
    package var type: UInt8
    package var flags: UInt8
    package var stream: UInt32
    package var head: [UInt8]
    package var body: [UInt8]

    package init(
        _ type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, head: [UInt8] = [], body: [UInt8] = []
    ) {
        self.type = type
        self.flags = flags
        self.stream = stream
        self.head = head
        self.body = body
    }

    /// The frame as it travels.
    package var bytes: [UInt8] {
        Self.word(UInt32(head.count + body.count)) + [type, flags]
            + [UInt8(head.count >> 8), UInt8(head.count & 0xFF)] + Self.word(stream) + head + body
    }

    /// Four bytes, the greatest first.
    package static func word(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// All whole frames of `bytes`, and how many bytes are left behind them.
    package static func parse(_ bytes: [UInt8]) -> (frames: [TestFrame], left: Int) {
        var frames: [TestFrame] = []
        var place = 0
        while bytes.count - place >= 12 {
            let length = number(bytes[place..<place + 4])
            let headBytes = number(bytes[place + 6..<place + 8])
            guard length < 1 << 24, headBytes <= length, bytes.count - place - 12 >= length else {
                break
            }
            let head = place + 12
            frames.append(
                TestFrame(
                    bytes[place + 4], flags: bytes[place + 5],
                    stream: UInt32(number(bytes[place + 8..<place + 12])),
                    head: Array(bytes[head..<head + headBytes]),
                    body: Array(bytes[head + headBytes..<head + length])))
            place = head + length
        }
        return (frames, bytes.count - place)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reduce(0) { $0 << 8 | Int($1) }
    }

    /// What it says, in a line: "RESPONSE 3 UNAVAILABLE DRAINING".
    package var description: String {
        let size = body.isEmpty ? "" : " [\(body.count)]"
        return switch type {
        case 1: "HELLO"
        case 2: "REQUEST \(stream)\(size)"
        case 3: "RESPONSE \(stream) \(error.map(Self.words) ?? "OK")\(size)"
        case 4: "ITEM \(stream)\(size)"
        case 5: "CANCEL \(stream)"
        case 6: "CREDIT \(stream) \(Self.number(body[...]))"
        case 7: "\(flags & 1 == 1 ? "PONG" : "PING") \(Self.number(body[...]))"
        case 8: "GOAWAY \(goAway.lastStreamId) \(goAway.code)"
        default: "\(type) \(stream)\(size)"
        }
    }

    private static func words(_ error: RPCError) -> String {
        let mark = error.isNotProcessed ? " not processed" : ""
        return error.code.name + (error.reason.isEmpty ? "" : " " + error.reason) + mark
    }

    /// The error of a RESPONSE.
    package var error: RPCError? {
        guard type == 3, let head = try? ResponseHead(decoding: head) else { return nil }
        return RPCError(head)
    }

    /// The content of a GOAWAY.
    package var goAway: GoAway { (try? GoAway(decoding: body)) ?? GoAway() }
}

/// Frames that stories are made of.
extension TestFrame {
    package static func hello(_ hello: Hello = Hello(minMinor: 1, maxMinor: 1)) -> TestFrame {
        TestFrame(1, body: hello.encoded())
    }

    package static func request(
        _ stream: UInt32, _ method: String = "unary", timeout: UInt64 = 0, credit: UInt32 = 0,
        metadata: Int = 0, body: [UInt8] = []
    ) -> TestFrame {
        let head = RequestHead(
            method: method, timeoutUs: timeout, initialCredit: credit,
            metadata: (0..<metadata).map { Metadata(key: "k\($0)") })
        return TestFrame(2, stream: stream, head: head.encoded(), body: body)
    }

    package static func response(
        _ stream: UInt32, _ error: RPCError? = nil, body: [UInt8] = []
    ) -> TestFrame {
        TestFrame(3, stream: stream, head: error?.head.encoded() ?? [], body: body)
    }

    package static func item(_ stream: UInt32, _ body: [UInt8] = [1]) -> TestFrame {
        TestFrame(4, stream: stream, body: body)
    }

    package static func cancel(_ stream: UInt32) -> TestFrame {
        TestFrame(5, stream: stream, head: CancelHead(code: 1).encoded())
    }

    package static func credit(_ stream: UInt32, _ items: UInt32) -> TestFrame {
        TestFrame(6, stream: stream, body: word(items))
    }

    package static func ping(_ payload: UInt32) -> TestFrame {
        TestFrame(7, body: word(0) + word(payload))
    }

    package static func pong(_ payload: UInt32) -> TestFrame {
        TestFrame(7, flags: 1, body: word(0) + word(payload))
    }

    /// The answer to this PING.
    package var answered: TestFrame { TestFrame(7, flags: 1, body: body) }

    package static func goAway(last: UInt32, _ code: GoAwayCode = .draining) -> TestFrame {
        TestFrame(8, body: GoAway(lastStreamId: last, code: code).encoded())
    }
}

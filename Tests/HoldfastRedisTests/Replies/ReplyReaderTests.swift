import HoldfastBase
import HoldfastRedis
import Testing

@Suite("Replies")
struct ReplyReaderTests {
    private static let samples: [RedisValue] = [
        .null, .integer(0), .integer(.max), .integer(.min), .status(Array("OK".utf8)),
        .status([]), .error(Array("ERR no".utf8)), .bulk([]), .bulk([0x0D, 0x0A, 0, 255]),
        .bulk([UInt8](repeating: 7, count: 3000)), .array([]),
        .array([.integer(1), .null, .array([.bulk([1]), .array([])]), .text("x")]),
        .array([.array([.array([.integer(3)])]), .error(Array("E".utf8))]),
    ]

    private func read(
        _ bytes: [UInt8], _ feeding: Feeding = .whole, limits: ReplyLimits = ReplyLimits()
    ) -> (values: [RedisValue], violation: ReplyViolation?) {
        var reader = ReplyReader(limits: limits)
        var values: [RedisValue] = []
        for piece in feeding.pieces(bytes) {
            unsafe reader.feed(piece.span.bytes)
            reading: while true {
                switch reader.next() {
                case .value(let value): values.append(value)
                case .starved: break reading
                case .violation(let violation): return (values, violation)
                }
            }
        }
        return (values, nil)
    }

    @Test("come out as they were sent, however they are cut", arguments: Feeding.all)
    func cuts(_ feeding: Feeding) {
        let bytes = Self.samples.flatMap(\.encoded)
        let result = read(bytes, feeding)
        #expect(result.values == Self.samples)
        #expect(result.violation == nil)
    }

    @Test("a string longer than any line waits for its end", arguments: Feeding.all.dropFirst(2))
    func long(_ feeding: Feeding) {
        let value = RedisValue.array([.bulk([UInt8](repeating: 0x41, count: 300_000)), .integer(1)])
        let result = read(value.encoded + RedisValue.integer(2).encoded, feeding)
        #expect(result.values == [value, .integer(2)])
    }

    @Test("a beginning is never a reply")
    func truncated() {
        for sample in Self.samples {
            let bytes = sample.encoded
            for size in 0..<bytes.count {
                let result = read(Array(bytes.prefix(size)))
                #expect(result.values.isEmpty && result.violation == nil)
            }
        }
    }

    @Test(
        "what is no reply is a violation, and stays one",
        arguments: [
            "x\r\n", "\r\n", ":12a\r\n", ":\r\n", ":99999999999999999999\r\n", "$-2\r\n",
            "*-2\r\n", "$a\r\n", "*9999999999\r\n", "$99999999999999999999\r\n", "%1\r\n",
        ])
    func malformed(_ text: String) {
        var reader = ReplyReader()
        unsafe reader.feed(Array(text.utf8).span.bytes)
        guard case .violation(let first) = reader.next() else {
            Issue.record("not refused")
            return
        }
        unsafe reader.feed(Array("+OK\r\n".utf8).span.bytes)
        expect(reader.next(), is: .violation(first))
    }

    @Test("every bound is a violation")
    func bounds() {
        var limits = ReplyLimits()
        limits.depthMax = 2
        limits.bulkBytesMax = 100
        limits.lineBytesMax = 50
        limits.elementsMax = 10
        limits.replyBytesMax = 250
        func violation(_ bytes: [UInt8]) -> ReplyViolation? {
            read(bytes, limits: limits).violation
        }
        let text = RedisValue.bulk([UInt8](repeating: 1, count: 100))
        #expect(violation(text.encoded) == nil)
        #expect(violation(RedisValue.array([text, text]).encoded) == nil)
        #expect(violation(RedisValue.array([text, text, text]).encoded) == .tooLong)
        #expect(violation(RedisValue.bulk([UInt8](repeating: 1, count: 101)).encoded) == .tooLong)
        #expect(violation(RedisValue.array([.array([])]).encoded) == nil)
        #expect(violation(RedisValue.array([.array([.array([])])]).encoded) == .tooDeep)
        #expect(violation(Array("*11\r\n".utf8)) == .tooManyElements)
        #expect(violation(Array("*2147483647\r\n".utf8)) == .tooManyElements)
        #expect(
            violation(Array("*2\r\n*5\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n*4\r\n".utf8))
                == .tooManyElements)
        // A line, and a string, that never end.
        #expect(violation([0x2B] + [UInt8](repeating: 0x41, count: 51)) == .tooLong)
        let endless = Array("$1000000000\r\n".utf8) + [UInt8](repeating: 0x41, count: 200)
        #expect(violation(endless) == .tooLong)
    }

    @Test("arrays deeper than any bound do not trap")
    func deep() {
        var limits = ReplyLimits()
        limits.depthMax = 1000
        let bytes = Array(String(repeating: "*1\r\n", count: 200).utf8)
        #expect(read(bytes, limits: limits).violation != nil)
    }

    @Test("random and damaged bytes never trap", arguments: 0..<20 as Range<UInt64>)
    func hostile(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("*$+-:0123456789\r\nab\u{0}".utf8)
        for round in 0..<300 {
            var bytes: [UInt8]
            if round % 2 == 0 {
                bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                }
            } else {
                bytes = Self.samples.flatMap(\.encoded)
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    bytes[place] = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                }
            }
            let whole = read(bytes)
            let cut = read(bytes, .randomCuts(seed: seed))
            #expect(whole.values == cut.values)
        }
    }
}

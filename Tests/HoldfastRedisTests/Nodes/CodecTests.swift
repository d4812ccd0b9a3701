import HoldfastBase
import HoldfastNode
import HoldfastRedis
import Testing

@Suite("Commands as calls, replies as values")
struct CodecTests {
    private let identity = GateIdentity(cluster: 1, epoch: 2, marker: 3)

    @Test("What no script answers is malformed, whatever it is", arguments: NodeScript.allCases)
    func malformed(script: NodeScript) {
        let values: [RedisValue] = [
            .null, .integer(1), .status(Array("OK".utf8)), .bulk([]), .array([]), .text("x"),
            .text("g"), .text("gshort1"), .text("1x"), .text("?short"), .text("!more"),
            .text("99999999999999999999999"), .text("h1"), .array([.text("1"), .null]),
            .array([.text("x"), .text("1")]), .text("a1 2"), .text("a1 2 x"), .text("0 2"),
        ]
        for value in values {
            guard case .failed(.malformed) = script.reply(value) else {
                let isFine =
                    (script == .seed && value == .bulk([]))
                    || (script == .queue && value == .array([]))
                    || (script == .list && value == .array([.text("1")]))
                #expect(isFine, "\(script) takes \(value) for \(script.reply(value))")
                continue
            }
        }
    }

    @Test("Damaged replies are values too")
    func damaged() {
        var random = SeededGenerator(seed: 1)
        let id = [UInt8](repeating: 9, count: 16)
        let grant = id + Array("7 0 0 0 0 0 0 1 1 1 1 ".utf8) + id + Array("3 hv".utf8)
        let gate = Array("1".utf8) + id + id.prefix(8) + Array("0 0 1 1 1 1 1 1".utf8)
        let samples: [(NodeScript, [UInt8])] = [
            (.acquire, Array("g".utf8) + id + Array("17".utf8)),
            (.acquire, Array("h1".utf8) + id + Array("0 1 2 - 0 0 v".utf8)),
            (.release, Array("1g".utf8) + id + Array("17".utf8)), (.readGate, gate),
        ]
        for (script, bytes) in samples {
            if case .failed = script.reply(.bulk(bytes)) { Issue.record("\(script)") }
        }
        let page = { (bytes: [UInt8]) in
            RedisValue.array([.text("0"), .text("5"), .text("a"), .bulk(bytes)])
        }
        if case .failed = NodeScript.listGrants.reply(page(grant)) { Issue.record("grants") }
        for _ in 0..<20_000 {
            let (script, bytes) = samples.randomElement(using: &random) ?? samples[0]
            _ = script.reply(.bulk(damage(bytes, &random)))
            _ = NodeScript.listGrants.reply(page(damage(grant, &random)))
            let record = Array("h7 0 ".utf8) + damage(grant, &random)
            _ = NodeScript.read.reply(
                .array([.text("5"), .text("a"), .text("1"), .bulk(damage(record, &random))]))
        }
    }

    private func damage(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0...2, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.removeSubrange(place...)
            default: bytes.insert(UInt8.random(in: 0x20...0x39, using: &random), at: place)
            }
        }
        return bytes
    }

    @Test("Errors are told apart by whether anything was done")
    func errors() {
        func failure(_ text: String) -> NodeReply {
            NodeScript.acquire.reply(.error(Array(text.utf8)))
        }
        #expect(failure("ERR user_script:7: attempt") == .failed(.unknownOutcome))
        #expect(
            failure("HOLDFAST fence out of range") == .failed(.refusedByNode("fence out of range")))
        guard case .failed(.refusedByNode) = failure("OOM command not allowed") else {
            Issue.record("not refused")
            return
        }
    }

    @Test("What scripts cannot count with is not written")
    func bounds() {
        let id = GrantID(high: 1, low: 2)
        let large = (1 << 53) + 1 as UInt64
        let many = (0...64).map { "n\($0)" }
        var step = AcquireStep(names: ["a"], grant: id)
        step.proposed = large
        var long = AcquireStep(names: ["a"], grant: id)
        long.ttlMilliseconds = .max
        let commands: [NodeCommand] = [
            .acquire(step), .acquire(long), .acquire(AcquireStep(names: [], grant: id)),
            .acquire(AcquireStep(names: many, grant: id)), .read(names: many),
            .raise(names: ["a"], grant: id, fence: large), .sweep(limit: -1),
            .admit(identity, floor: large, longestTTL: 0, learns: false),
            .register(name: "a", .prepare(Ballot(counter: large, proposer: 1))),
            .register(name: "a", .collect(Ballot(counter: 1, proposer: 1), floor: large)),
            .copyRegisters(after: "", limit: 0),
            .heartbeat(server: 1, leaseMilliseconds: .max, watchMilliseconds: 0),
        ]
        for command in commands {
            var call = NodeCall()
            let isWritten = call.write(command, expecting: identity)
            #expect(!isWritten, "\(command)")
        }
    }

    @Test("Every call has as many words as it says, and the next is whole again")
    func whole() {
        var call = NodeCall()
        var commands = RandomCommands(seed: 3)
        for _ in 0..<2_000 {
            commands.advance()
            let isWritten = call.write(commands.next(), expecting: identity)
            expect(isWritten && call.call.isWhole, is: true)
        }
    }

    private static func bytes(_ call: borrowing NodeCall) -> [UInt8] {
        unsafe call.call.bytes.withUnsafeBytes { unsafe Array($0) }
    }

    @Test("A command for the next node is written as if it were the first")
    func nextNode() {
        var other = identity
        other.marker &+= 0x0102_0304_0506_0708
        var call = NodeCall()
        var commands = RandomCommands(seed: 5)
        for _ in 0..<2_000 {
            commands.advance()
            let command = commands.next()
            for node in [identity, other, identity] {
                var fresh = NodeCall()
                let isWritten = call.write(command, expecting: node)
                let isFresh = fresh.write(command, expecting: node)
                expect(isWritten && isFresh, is: true)
                expect(Self.bytes(call) == Self.bytes(fresh), is: true)
            }
        }
    }

    @Test("Names that are equal as text and differ in their bytes are written as they are")
    func equalText() {
        let id = GrantID(high: 1, low: 2)
        let (one, two) = ("\u{E9}", "e\u{301}")
        var (first, second) = (
            AcquireStep(names: ["a"], grant: id), AcquireStep(names: ["a"], grant: id)
        )
        (first.holder, second.holder) = (one, two)
        let pairs: [(NodeCommand, NodeCommand)] = [
            (
                .acquire(AcquireStep(names: [one], grant: id)),
                .acquire(AcquireStep(names: [two], grant: id))
            ),
            (.acquire(first), .acquire(second)),
            (
                .release(ReleaseStep(names: [one], grant: id)),
                .release(ReleaseStep(names: [two], grant: id))
            ),
        ]
        for (left, right) in pairs {
            var call = NodeCall()
            var fresh = NodeCall()
            let isWritten = call.write(left, expecting: identity)
            #expect(isWritten && left == right)
            let isNext = call.write(right, expecting: identity)
            let isFresh = fresh.write(right, expecting: identity)
            #expect(isNext && isFresh)
            let (found, wanted) = (Self.bytes(call), Self.bytes(fresh))
            #expect(found == wanted)
        }
    }
}

import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

@Suite("What a node in memory keeps for a time only")
struct MemoryExpiryTests {
    private let identity = GateIdentity(cluster: 1, epoch: 1, marker: 1)

    @Test("Nothing is left of what is abandoned")
    func leaks() {
        var node = MemoryNode()
        var time: UInt64 = 1_790_000_000_000_000
        func ask(_ command: NodeCommand) {
            time += 1_000
            _ = node.execute(command, expecting: identity, microseconds: time)
        }
        ask(.form(identity))
        for number in 1...200 as ClosedRange<UInt64> {
            let session = SessionID(high: 2, low: number)
            ask(.heartbeat(server: number, leaseMilliseconds: 1_000, watchMilliseconds: 0))
            ask(.keepAlive(session: session, ttlMilliseconds: 1_000, create: true))
            var step = AcquireStep(
                names: ["n\(number % 20)"], grant: GrantID(high: 1, low: number))
            step.ttlMilliseconds = 1_000
            step.waitingServer = number
            if number % 3 == 0 { step.session = session }
            ask(.acquire(step))
            var release = ReleaseStep(names: step.names, grant: step.grant)
            release.isBuried = true
            if number % 2 == 0 { ask(.release(release)) }
        }
        #expect(node.contents.locks == 20)
        #expect(node.contents.tombstones == 100)
        time += 2_000_000
        ask(.sweep(limit: 1_000))
        time += 3 * 3_600 * 1_000_000
        ask(.sweep(limit: 1_000))
        #expect(node.contents == (0, 0, 0, 0, 0))
        #expect(
            node.execute(.readGate, expecting: identity, microseconds: time)
                == .gate(node.gate, isEmpty: true))
    }

    @Test("Memory of very many names is given back when they are forgotten")
    func memory() {
        var node = MemoryNode()
        var time: UInt64 = 1_790_000_000_000_000
        _ = node.execute(.form(identity), expecting: identity, microseconds: time)
        for number in 1...20_000 as ClosedRange<UInt64> {
            let names = ["n\(number)"]
            let grant = GrantID(high: 1, low: number)
            for command: NodeCommand in [
                .acquire(AcquireStep(names: names, grant: grant)),
                .release(ReleaseStep(names: names, grant: grant)),
            ] {
                _ = node.execute(command, expecting: identity, microseconds: time)
            }
        }
        #expect(node.contents.locks == 20_000)
        #expect(node.roomForLocks >= 20_000)
        time += 2 * Gate.periodMilliseconds * 1000 + 1_000_000
        _ = node.execute(.sweep(limit: 1), expecting: identity, microseconds: time)
        #expect(node.contents.locks == 0)
        #expect(node.roomForLocks < 1000)
    }

    @Test("A free lock keeps its counter for two periods; the floor covers it then")
    func counters() {
        var node = MemoryNode()
        var time: UInt64 = 1_790_000_000_000_000
        _ = node.execute(.form(identity), expecting: identity, microseconds: time)
        var last: Fence = 0
        for number in 1...50 as ClosedRange<UInt64> {
            var step = AcquireStep(names: ["a"], grant: GrantID(high: 1, low: number))
            step.ttlMilliseconds = 100
            step.proposed = number == 1 ? time : 1
            guard
                case .acquire(.granted(let fence, _)) = node.execute(
                    .acquire(step), expecting: identity, microseconds: time)
            else {
                Issue.record("not granted")
                return
            }
            #expect(fence > last)
            last = fence
            time += number * 10_000_000
        }
    }
}

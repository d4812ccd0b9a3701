import HoldfastBase
import HoldfastNode

/// Commands over few names, sessions, grants and servers, so that they meet, at a time that goes on.
struct RandomCommands {
    /// What is asked for mostly, so that rare things meet.
    enum Mix: Sendable {
        case all
        case locks
        case registers
    }

    private let mix: Mix
    private(set) var microseconds: UInt64 = 1_790_000_000_123_456
    var identity = GateIdentity(cluster: 0xC1_0000_0000_0001, epoch: 1, marker: .max)
    private var random: SeededGenerator
    private var fresh: UInt64 = 0
    private var lastBallot = Ballot(counter: 1, proposer: 1)
    /// Grants of locks that few want: what scripts do the short way.
    private var quiet: [(name: String, grant: GrantID)] = []

    private static let names = ["a", "b/1", "b/2", "Ü*"]
    private static let sessions = (1...3).map { SessionID(high: 0, low: $0) }
    private static let servers: [ServerID] = [1, 2, .max]

    init(seed: UInt64, _ mix: Mix = .all) {
        self.mix = mix
        random = SeededGenerator(seed: seed)
    }

    private mutating func chance(_ percent: Int) -> Bool { number(0...99) < percent }

    private mutating func number<Number: FixedWidthInteger>(_ range: ClosedRange<Number>) -> Number
    {
        Number.random(in: range, using: &random)
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[number(0...elements.count - 1)]
    }

    /// Moves the clock on: mostly a little, sometimes past every deadline.
    mutating func advance() {
        switch number(0...999) {
        case 0..<400: microseconds += number(0...2_000)
        case 400..<900: microseconds += number(0...400_000)
        case 900..<990: microseconds += number(0...8_000_000)
        case 990..<998: microseconds += number(0...150_000_000)
        default: microseconds += number(0...5_000_000_000)
        }
    }

    private mutating func someNames() -> [String] {
        Array(Self.names.shuffled(using: &random).prefix(chance(70) ? 1 : number(1...3)))
    }

    /// Mostly one of the last; their bytes are not in the order of their making.
    private mutating func grant() -> GrantID {
        if chance(30) { fresh += 1 }
        let low = fresh - min(fresh, chance(80) ? number(0...8) : 0)
        return GrantID(high: (low &* 0x9E37_79B9_7F4A_7C15) | 0x80, low: low)
    }

    private mutating func ttl() -> UInt64 { pick([1, 100, 1_000, 5_000, 30_000, 200_000]) }

    private mutating func fence() -> Fence {
        switch number(0...19) {
        case 0: 0
        case 1: microseconds + number(400_000...3_000_000)
        case 2: number(1...100)
        case 3: microseconds &- 5_000_000
        default: microseconds + number(0...300)
        }
    }

    private mutating func holder() -> String { pick(["", "", "h1", "hölder 2"]) }
    private mutating func value() -> [UInt8] {
        pick([[], [], [0, 10, 32, 255], Array("v 1".utf8)])
    }
    private mutating func delay() -> UInt64 { chance(80) ? 0 : pick([100, 5_000, 300_000]) }
    private mutating func mode() -> LockMode { chance(65) ? .exclusive : .shared }
    private mutating func ticket() -> UInt64 { microseconds / 1_000_000 - number(0...2) }

    private mutating func step() -> AcquireStep {
        var step = AcquireStep(names: someNames(), grant: grant(), mode: mode())
        step.session = chance(50) ? pick(Self.sessions) : nil
        step.holder = holder()
        step.isReentrant = chance(40)
        step.isFair = chance(75)
        step.ttlMilliseconds = step.session != nil && chance(70) ? 0 : ttl()
        if chance(2) { step.ttlMilliseconds = 0 }
        step.lockDelayMilliseconds = delay()
        step.proposed = fence()
        step.ticket = ticket()
        step.waitingServer = chance(50) ? pick(Self.servers) : nil
        step.claim = pick([0, 5001, 5002, 9_007_199_254_740_992])
        step.value = value()
        return step
    }

    private mutating func release() -> ReleaseStep {
        var step = ReleaseStep(names: someNames(), grant: grant())
        step.isBuried = chance(20)
        step.isForced = chance(10)
        step.claim = chance(50) ? 0 : pick([5001, 5002, 9_007_199_254_740_992])
        if chance(30) {
            var again = self.step()
            if chance(70) {
                again.names = step.names
                again.grant = step.grant
            }
            step.waitingAgain = again
        }
        if chance(40) {
            var next = self.step()
            if chance(70) { next.names = step.names }
            step.next = next
        }
        return step
    }

    private mutating func seed(in session: Bool) -> GrantSeed {
        GrantSeed(
            names: someNames(), grant: grant(), holder: holder(), mode: mode(), fence: fence(),
            ttlMilliseconds: session && chance(70) ? 0 : ttl(), lockDelayMilliseconds: delay(),
            sequence: number(0...3), value: value())
    }

    /// Takes or gives back a lock that nobody else wants, most of the time.
    private mutating func quietCommand() -> NodeCommand {
        if chance(50), let held = quiet.popLast() {
            var step = ReleaseStep(names: [held.name], grant: held.grant)
            step.isBuried = chance(20)
            return .release(step)
        }
        fresh += 1
        var step = AcquireStep(names: [pick(["q1", "q2", "q3", "q4"])], grant: grant())
        step.session = chance(50) ? pick(Self.sessions) : nil
        step.ttlMilliseconds = step.session != nil && chance(70) ? 0 : ttl()
        step.proposed = microseconds
        step.ticket = ticket()
        step.value = value()
        step.lockDelayMilliseconds = delay()
        quiet.append((step.names[0], step.grant))
        if quiet.count > 4 { quiet.removeFirst() }
        return .acquire(step)
    }

    /// The next command.
    mutating func next() -> NodeCommand {
        switch mix {
        case .all: if chance(20) { return registerCommand() }
        case .locks: break
        case .registers:
            if chance(4) {
                return .heartbeat(server: 1, leaseMilliseconds: 1000, watchMilliseconds: ttl())
            }
            if chance(4) { return .changes(after: microseconds / 2, limit: number(0...10)) }
            return chance(5) ? membership() : registerCommand()
        }
        if chance(25) { return quietCommand() }
        if chance(5) { return .read(names: [pick(["q1", "q2", "q3", "q4"])]) }
        switch number(0...99) {
        case 0..<30: return .acquire(step())
        case 30..<50: return .release(release())
        case 50..<54: return .raise(names: someNames(), grant: grant(), fence: fence())
        case 54..<59:
            return .renew(
                names: someNames(), grant: grant(), ttlMilliseconds: ttl(),
                seed: chance(50) ? seed(in: false) : nil)
        case 59..<64:
            return .change(
                names: someNames(), grant: grant(), mode: mode(), proposed: fence())
        case 64..<67:
            return .propose(
                name: pick(Self.names), grant: grant(), sequence: number(0...4), value: value())
        case 67..<77:
            return .keepAlive(
                session: pick(Self.sessions), ttlMilliseconds: ttl(), create: chance(70))
        case 77..<79: return .closeSession(pick(Self.sessions))
        case 79..<82:
            let count = number(0...3)
            return .seed(
                session: pick(Self.sessions), (0..<count).map { _ in seed(in: true) })
        case 82..<85: return .sweep(limit: pick([0, 1, 2, 64]))
        case 85..<87: return .read(names: someNames())
        case 87: return .queue(name: pick(Self.names), limit: number(0...3))
        case 88..<93:
            return .heartbeat(
                server: pick(Self.servers), leaseMilliseconds: ttl(),
                watchMilliseconds: chance(30) ? ttl() : 0)
        case 93..<95: return .changes(after: number(0...40), limit: number(0...10))
        case 95: return .list(prefix: pick(["", "b/", "Ü*", "c"]), cursor: 0, limit: number(0...3))
        case 96: return .listGrants(session: pick(Self.sessions), cursor: 0)
        default: return membership()
        }
    }

    private mutating func ballot() -> Ballot {
        let counter = microseconds / 1_000_000 + number(0...9)
        return Ballot(
            counter: chance(3) ? number(0...3) : counter,
            proposer: pick([1, 2, 9_007_199_254_740_991]))
    }

    /// Mostly the last ballot, as for a change that follows its promise.
    private mutating func knownBallot() -> Ballot {
        if chance(40) { lastBallot = ballot() }
        return lastBallot
    }

    private mutating func registerValue() -> RegisterValue {
        // Around now, so that some are due.
        let due = chance(50) ? 0 : microseconds / 1000 + number(0...20) * 1000 - 10_000
        return RegisterValue(bytes: value(), isDead: chance(25), due: due)
    }

    private mutating func registerCommand() -> NodeCommand {
        let name = pick(Self.names)
        switch number(0...20) {
        case 0..<4: return .register(name: name, .read)
        case 4..<8: return .register(name: name, .prepare(knownBallot()))
        case 8..<14:
            return .register(
                name: name,
                .accept(knownBallot(), registerValue(), next: chance(50) ? ballot() : nil))
        case 14: return .register(name: name, .collect(knownBallot(), floor: number(0...2)))
        case 15:
            return .listRegisters(
                prefix: pick(["", "b/", "Ü"]), after: pick(["", "a", "b/1"]), limit: number(1...3))
        case 16: return .copyRegisters(after: pick(["", "a", "b/1"]), limit: number(1...5))
        case 17:
            return .dueRegisters(
                before: microseconds / 1000 + number(0...8) * 2500 - 10_000, limit: number(1...5))
        case 18, 19:
            let entries = someNames().map {
                RegisterEntry(name: $0, ballot: ballot(), value: registerValue())
            }
            return .learn(floor: number(0...1) * knownBallot().counter, entries)
        default: return chance(50) ? .endLearning : .readGate
        }
    }

    private mutating func membership() -> NodeCommand {
        var other = identity
        if chance(50) { other.epoch += 1 }
        if chance(20) { other.marker -= 1 }
        if chance(20) { other.cluster += 1 }
        switch number(0...19) {
        case 0..<(mix == .registers ? 5 : 1):
            return .admit(other, floor: microseconds, longestTTL: ttl(), learns: chance(70))
        case 1..<4: return .form(other)
        case 4: return .confirm(marker: chance(80) ? identity.marker : identity.marker - 1)
        case 5..<8: return .raiseEpoch(to: identity.epoch + number(0...1))
        default: return .readGate
        }
    }
}

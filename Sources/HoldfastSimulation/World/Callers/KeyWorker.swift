import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// One thread of a client that reads, changes and lists keys, few enough that all meet.
final class KeyWorker {
    private unowned let client: SimulatedClient
    private var generator: SeededGenerator
    /// What it saw last of each key, to change it if nobody else has.
    private var known: [String: UInt64] = [:]
    private var left: Int
    /// Between two questions, in milliseconds.
    private let pause: Int64

    /// So many questions are enough.
    private static let questions = 120

    init(_ client: SimulatedClient, _ number: Int) {
        self.client = client
        generator = client.world.scenario.generator(.keys, client.index * 8 + number)
        pause = [2, 10, 40, 40, 200].randomElement(using: &generator) ?? 40
        left = Self.questions
    }

    private var world: World { client.world }

    private var mayBegin: Bool {
        !client.isClosing && left > 0 && (world.phase == .warmUp || world.phase == .chaos)
    }

    func start() {
        let longest = draw(0...19) == 0 ? 600 : pause
        client.after(.milliseconds(draw(0...longest)), "keys") { [self] in begin() }
    }

    private func draw(_ range: ClosedRange<Int64>) -> Int64 {
        Int64.random(in: range, using: &generator)
    }

    private func begin() {
        guard mayBegin else { return }
        left -= 1
        switch draw(0...19) {
        case 0: KeyListing(client, limit: Int(draw(1...20))) { [self] in start() }.begin()
        case 1...3:
            let count = draw(1...5)
            run((0..<count).map { _ in wish() }, isBatch: true)
        default: run([wish()], isBatch: false)
        }
    }

    private func wish() -> KeyErrand.Wish {
        let key = key()
        let ttl: UInt64 = draw(0...19) == 0 ? UInt64(draw(20...900)) : 0
        switch draw(0...19) {
        case 0...5: return .init(key: key, kind: .read)
        case 6...10: return .init(key: key, kind: .put(ttlMilliseconds: ttl))
        case 11...14:
            let version = known[key] ?? 1
            return .init(
                key: key, kind: .put(ttlMilliseconds: ttl), condition: .version(version))
        case 15, 16:
            return .init(key: key, kind: .put(ttlMilliseconds: ttl), condition: .absent)
        case 17: return .init(key: key, kind: .put(ttlMilliseconds: ttl), condition: .present)
        case 18: return .init(key: key, kind: .delete)
        default: return .init(key: key, kind: .delete, condition: .version(known[key] ?? 1))
        }
    }

    /// One of a few, or now and then one that is new to all.
    private func key() -> String {
        guard draw(0...11) > 0 else {
            return world.scenario.freshKey(milliseconds: world.now.nanoseconds / 1_000_000)
        }
        return world.scenario.storeKey(Int(draw(0...Int64(world.scenario.storeKeys - 1))))
    }

    private func run(_ wishes: [KeyErrand.Wish], isBatch: Bool) {
        var patience = Interval.milliseconds(1500)
        if world.scenario.traits.contains(.deadline), draw(0...9) < 3 {
            patience = .milliseconds(draw(5...300))
        }
        KeyErrand(
            client, wishes, ids: wishes.map { _ in RequestID.random(using: &generator) },
            isBatch: isBatch, patience: patience, sendings: draw(0...9) < 8 ? 4 : 1
        ) { [self] calls in
            for call in calls { learn(call) }
            start()
        }.send()
    }

    private func learn(_ call: KeyCall) {
        switch call.told {
        case .applied(let version): known[call.key] = version
        case .value(let sight), .mismatch(let sight): known[call.key] = sight?.version
        case .refused, .unknown: break
        }
    }
}

package import HoldfastBase

/// What a seed is about: how many of what, how they work, and what goes wrong.
package struct Scenario: Sendable {
    /// Which random numbers: each concern has its own, so that more of one leave the others alone.
    enum Concern: UInt64 {
        case shape = 1
        case faults = 2
        case network = 3
        case clocks = 4
        case clients = 5
        case servers = 6
        case added = 7
        case keys = 8
    }

    package let seed: UInt64
    package let nodes: Int
    package let servers: Int
    package let clients: Int
    /// How many locks each client works on at a time.
    package let workers: Int
    package let keys: Int
    /// How many keys of the store all callers work on.
    package let storeKeys: Int
    package let traits: Set<ScenarioTrait>
    package let kind: NodeKind
    /// Times to live that callers choose from, in milliseconds.
    package let ttls: [UInt64]
    package let warmUp = Interval.milliseconds(2000)
    package let chaos: Interval
    /// The usual one-way time of a message, in microseconds.
    let latencyMicroseconds: Int64
    let durableNodes: NodeDurability

    enum NodeDurability: UInt64 {
        case none
        case some
        case all
    }

    package init(seed: UInt64, limits: ScenarioLimits = ScenarioLimits()) {
        self.seed = seed
        var draw = SeededGenerator(seed: seed &* 0x9E37_79B9 &+ Concern.shape.rawValue)
        let drawnNodes = [1, 3, 3, 3, 3, 5, 5, 1, 3, 3][Int.random(in: 0..<10, using: &draw)]
        nodes = limits.nodes ?? drawnNodes
        servers = min(limits.serversMax, Int.random(in: 1...3, using: &draw))
        let drawnClients = Int.random(in: 2...7, using: &draw)
        workers = Int.random(in: 1...2, using: &draw)
        keys = min(limits.keysMax, Int.random(in: 1...4, using: &draw))
        let drawnChaos = Int64.random(in: 3000...12_000, using: &draw)
        let latencies: [Int64] = [100, 100, 300, 1000, 5000]
        let latency = latencies[Int.random(in: 0..<latencies.count, using: &draw)]
        let base = [300, 500, 1000, 2000, 4000][Int.random(in: 0..<5, using: &draw)] as UInt64
        durableNodes = NodeDurability(rawValue: draw.next() % 3) ?? .some
        var drawn = Self.traits(&draw)
        Self.add(to: &drawn, seed)
        drawn.formUnion(limits.with)
        let drawnKind = Self.kinds[Int.random(in: 0..<Self.kinds.count, using: &draw)]
        kind = limits.kind ?? drawnKind
        traits = Self.possible(drawn, nodes: nodes, without: limits.without)
        var keyDraw = SeededGenerator(seed: seed &* 0x9E37_79B9 &+ Concern.keys.rawValue)
        storeKeys = min(limits.keysMax, Int.random(in: 1...4, using: &keyDraw))
        let length = traits.contains(.storm) ? 12_000 : drawnChaos
        chaos = .milliseconds(kind == .memory ? length : length / 2)
        clients = min(limits.clientsMax, kind == .memory ? drawnClients : min(drawnClients, 4))
        if traits.contains(.storm) {
            ttls = [300]
        } else {
            ttls = traits.contains(.mixedTTL) ? [base, base * 3, base * 8] : [base]
        }
        latencyMicroseconds = traits.contains(.slowLinks) ? max(latency, 1000) : min(latency, 1000)
    }

    /// A single node that forgets goes on from clocks: nothing is promised where they are wrong too.
    private static func possible(
        _ drawn: Set<ScenarioTrait>, nodes: Int, without: Set<ScenarioTrait>
    ) -> Set<ScenarioTrait> {
        let drawn = drawn.subtracting(without)
        guard nodes == 1 else {
            let traits = drawn.subtracting([.soleForgets])
            // Little is left to chance where much must meet.
            let storm = ScenarioTrait.allCases.filter { $0.isOfStorms && !without.contains($0) }
            return drawn.contains(.storm) ? traits.union(storm) : traits
        }
        if drawn.contains(.storm) { return possible(drawn, nodes: nodes, without: [.storm]) }
        guard drawn.contains(.soleForgets) else { return drawn }
        // Nor is anything promised of keys that a single node has lost.
        return drawn.subtracting([.nodeClock, .blindClocks, .serverClock, .store, .storeOnly])
    }

    /// Scripts cost several times what the same in Swift costs, so fewer worlds have them, and theirs
    /// are shorter.
    private static let kinds: [NodeKind] = [
        .memory, .memory, .memory, .memory, .memory, .memory, .memory, .lua, .lua, .mixed,
    ]

    /// Some seeds have no faults, some a single kind, most a mixture.
    private static func traits(_ draw: inout SeededGenerator) -> Set<ScenarioTrait> {
        let faults = ScenarioTrait.allCases.filter { $0.isFault && !$0.isAdded }
        let single = faults[Int.random(in: 0..<faults.count, using: &draw)]
        let mode = Int.random(in: 0..<20, using: &draw)
        let share = Int.random(in: 1...6, using: &draw)
        var traits: Set<ScenarioTrait> = []
        for trait in ScenarioTrait.allCases where !trait.isAdded {
            let dice = Int.random(in: 0..<10, using: &draw)
            if !trait.isFault {
                if dice < 5 { traits.insert(trait) }
            } else if mode < 2 {
                continue
            } else if mode < 6 {
                if trait == single || trait == .late { traits.insert(trait) }
            } else if dice < share {
                traits.insert(trait)
            }
        }
        return traits
    }

    /// Traits that came later have random numbers of their own: the other ones stay what they were.
    private static func add(to traits: inout Set<ScenarioTrait>, _ seed: UInt64) {
        var draw = SeededGenerator(seed: seed &* 0x9E37_79B9 &+ Concern.added.rawValue)
        if Int.random(in: 0..<10, using: &draw) < 4 { traits.insert(.wire) }
        let isFlaky = Int.random(in: 0..<10, using: &draw) < 2
        if isFlaky, traits.contains(where: \.isFault) { traits.insert(.flaky) }
        if Int.random(in: 0..<10, using: &draw) == 0 { traits.insert(.storm) }
        let work = Int.random(in: 0..<10, using: &draw)
        if work >= 2 { traits.insert(.store) }
        if work >= 8 { traits.insert(.storeOnly) }
    }

    package var longestTTL: UInt64 { ttls.max() ?? 0 }
    package var hasFaults: Bool { traits.contains { $0.isFault } }
    package func key(_ number: Int) -> String { "lock/\(number)" }
    static let storePrefix = "key/"
    package func storeKey(_ number: Int) -> String { "\(Self.storePrefix)\(number)" }
    /// A key that nobody asked for before this part of a second.
    func freshKey(milliseconds: Int64) -> String { "\(Self.storePrefix)new/\(milliseconds / 400)" }
    /// Whether callers take locks.
    package var hasLocks: Bool { !traits.contains(.store) || !traits.contains(.storeOnly) }

    func generator(_ concern: Concern, _ number: Int = 0) -> SeededGenerator {
        SeededGenerator(
            seed: seed &* 0x9E37_79B9 &+ concern.rawValue &* 0x1_0000_0001
                &+ UInt64(number) &* 0x85EB_CA6B)
    }

    package var description: String {
        "\(nodes) nodes (\(kind.rawValue)), \(servers) servers, \(clients) clients of \(workers), \(keys) locks, \(storeKeys) keys, ttl "
            + ttls.map(String.init).joined(separator: "/") + " ms, "
            + traits.map(\.rawValue).sorted().joined(separator: " ")
    }
}

/// What to leave out of scenarios: for looking at one thing, and for shrinking.
package struct ScenarioLimits: Hashable, Sendable {
    package var nodes: Int?
    /// What nodes are made of; nil leaves it to the seed.
    package var kind: NodeKind?
    package var serversMax = Int.max
    package var clientsMax = Int.max
    package var keysMax = Int.max
    package var without: Set<ScenarioTrait> = []
    /// What to have whatever the seed drew.
    package var with: Set<ScenarioTrait> = []

    package init() {}
}

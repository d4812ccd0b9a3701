import Holdfast
import HoldfastBase
import HoldfastSettings
import HoldfastSystem
import Synchronization

/// A lock of this process beside what a program would write by hand: a hop to an actor, and a mutex,
/// which blocks threads and may not be held across an await.
struct LocalBench {
    static let spec = ArgumentCommand(
        "local", summary: "a cycle of LocalLock beside an actor hop and a Mutex",
        options: [
            ArgumentOption("seconds", .value("N"), help: "of each case (default 0.5)"),
            ArgumentOption("rounds", .value("N"), help: "interleaved rounds (default 3)"),
            ArgumentOption("json", help: "print one JSON object a line instead of a table"),
        ])

    private actor Counter {
        private(set) var value = 0

        func raise() { value += 1 }
    }

    private enum Kind: String, CaseIterable {
        case mutex
        case actor
        case local
    }

    private static let tasks = [1, 64]
    private static let cyclesAtOnce = 64

    let seconds: Double
    let rounds: Int
    let json: Bool

    static func run(_ parsed: ParsedArguments) async throws {
        try await LocalBench(
            seconds: BenchCommand.decimal(parsed, "seconds", 0.5),
            rounds: max(1, BenchCommand.number(parsed, "rounds", 3)), json: parsed.isOn("json")
        ).run()
    }

    func run() async throws {
        if !json { print("ns of one cycle (take, raise a number, give back); best of rounds\n") }
        for tasks in Self.tasks {
            var best: [Kind: Double] = [:]
            for _ in 0..<rounds {
                for kind in Kind.allCases {
                    let found = try await measure(kind, tasks)
                    best[kind] = min(best[kind] ?? .infinity, found)
                }
            }
            for kind in Kind.allCases {
                let found = best[kind] ?? 0
                ClientReport.line(
                    "local", kind.rawValue, "\(tasks) tasks",
                    [
                        ("ns_per_cycle", found, 1),
                        ("x_actor", found / (best[.actor] ?? found), 2),
                        ("x_mutex", found / (best[.mutex] ?? found), 2),
                    ], json: json)
            }
        }
    }

    /// Nanoseconds from cycle to cycle, over all tasks.
    private func measure(_ kind: Kind, _ tasks: Int) async throws -> Double {
        let end = Clocks.now() + Interval(.seconds(seconds))
        let begun = Clocks.now()
        let cycles: Int
        switch kind {
        case .mutex:
            let number = Mutexed()
            cycles = try await load(tasks, until: end) { number.raise() }
        case .actor:
            let counter = Counter()
            cycles = try await load(tasks, until: end) { await counter.raise() }
        case .local:
            let lock = LocalLock("bench")
            let number = Mutexed()
            cycles = try await load(tasks, until: end) {
                try await withLock(lock) { _ in number.raise() }
            }
        }
        return Double((Clocks.now() - begun).nanoseconds) / Double(max(1, cycles))
    }

    private func load(
        _ tasks: Int, until end: Instant, _ cycle: @escaping @Sendable () async throws -> Void
    ) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<tasks {
                group.addTask {
                    var cycles = 0
                    while Clocks.now() < end {
                        for _ in 0..<Self.cyclesAtOnce { try await cycle() }
                        cycles += Self.cyclesAtOnce
                    }
                    return cycles
                }
            }
            return try await group.reduce(0, +)
        }
    }

    private final class Mutexed: Sendable {
        private let value = Mutex(0)

        func raise() { value.withLock { $0 += 1 } }
    }
}

package import HoldfastBase
import HoldfastSystem

/// Faults drawn from a seed, one after the other and two at a time, under load.
///
/// What a run does depends on its seed; what comes of it does not, because processes and networks are
/// real. Never do two nodes forget at once: what then happens is no promise.
package struct ChaosRun {
    package var seed: UInt64 = 1
    package var length = Interval.seconds(30)
    package var callers = 8
    package var faults: [FaultKind] = FaultKind.allCases
    package var persistence = RedisProcess.Persistence.always
    /// Where everything is left; without, it is removed.
    package var folder: String?
    package var report: (String) -> Void = { _ in }
    /// Ends the harm before its time.
    package var isAsked: () -> Bool = { false }

    package init() {}

    private static let forgetful: Set<FaultKind> = [
        .killNodeEmpty, .flushNode, .replicateNode, .clockAhead, .clockBack, .killNode,
        .fillDisk,
    ]

    /// What such a run needs of its cluster.
    private var shape: ClusterShape {
        var shape = ClusterShape()
        shape.persistence = persistence
        for fault in faults where fault != .fillDisk || RedisProcess.canMount {
            fault.prepare(&shape)
        }
        return shape
    }

    package func run() async throws -> Verdict {
        let began = Clocks.now()
        let cluster = try await ChaosCluster.start(
            shape, in: try folder.map { try Scratch(keptAt: $0) })
        defer { cluster.stop() }
        var generator = SeededGenerator(seed: seed)
        let load = Load(cluster, callers: callers, seed: seed)
        var processes = CallerProcesses(cluster, seed: seed)
        try await processes.start()
        let end = Clocks.now() + length
        var rounds = 0
        while Clocks.now() < end, !isAsked() {
            rounds += 1
            try await round(cluster, &generator, &processes, began)
        }
        report("\(time(since: began))  all heals")
        try await cluster.healthy(within: .seconds(90))
        try await processes.stop()
        let counts = try await load.stop()
        report(
            "\(time(since: began))  \(rounds) rounds, \(counts.grants) grants, \(counts.lost) lost, "
                + "\(counts.staleWrites) stale writes refused; judging")
        return try await cluster.judge()
    }

    private func round(
        _ cluster: ChaosCluster, _ generator: inout SeededGenerator,
        _ processes: inout CallerProcesses, _ began: Instant
    ) async throws {
        let usable = faults.filter { $0.fits(cluster.shape) }
        guard let first = usable.randomElement(using: &generator) else { return }
        let gentle = usable.filter { !Self.forgetful.contains($0) }
        let second =
            Int.random(in: 0..<10, using: &generator) < 4
            ? gentle.randomElement(using: &generator) : nil
        let node = Int.random(in: 0..<cluster.nodes.count, using: &generator)
        let server = Int.random(in: 0..<cluster.servers.count, using: &generator)
        let length = Interval.milliseconds(.random(in: 100...2500, using: &generator))
        let rest = Int64.random(in: 0...1500, using: &generator)
        try await processes.trouble(&generator)
        if Self.forgetful.contains(first) { try await cluster.healthy(within: .seconds(90)) }
        let also = second.map { " and \($0.rawValue)" } ?? ""
        report(
            "\(time(since: began))  \(first.rawValue)\(also): node \(node), server \(server), "
                + "\(length.millisecondsRoundedUp) ms")
        async let one: Void = cluster.inflict(first, node: node, server: server, for: length)
        if let second, !Self.clash(first, second) {
            try await cluster.inflict(
                second, node: (node + 1) % cluster.nodes.count,
                server: (server + 1) % cluster.servers.count, for: length)
        }
        try await one
        // A node that forgot is let in again before another may forget.
        if Self.forgetful.contains(first) { try await cluster.healthy(within: .seconds(90)) }
        try await Task.sleep(for: .milliseconds(rest))
    }

    /// Whether one would undo the other on its way.
    private static func clash(_ first: FaultKind, _ second: FaultKind) -> Bool {
        first == second
    }

    private func time(since began: Instant) -> String {
        let seconds = (Clocks.now() - began).nanoseconds / 1_000_000_000
        let text = String(seconds)
        return String(repeating: " ", count: max(0, 5 - text.count)) + text + " s"
    }
}

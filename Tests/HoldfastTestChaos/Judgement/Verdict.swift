import Foundation
import Holdfast
import HoldfastBase
package import HoldfastSimulation
import HoldfastSystem

/// What is said of a run when everything has healed and all callers have gone.
package struct Verdict: Sendable, CustomStringConvertible {
    package let reports: [CheckReport]
    package let records: Int
    package let grants: Int
    package let forgets: Int

    package var isClean: Bool { reports.allSatisfy(\.isClean) }

    package var description: String {
        let bad = reports.filter { !$0.isClean }.map(\.description)
        return ([summary] + bad).joined(separator: "\n")
    }

    /// One line.
    package var summary: String {
        let excused = reports.reduce(0) { $0 + $1.excused }
        return "\(records) records, \(grants) grants, \(forgets) forgets, \(excused) excused"
    }
}

extension ChaosCluster {
    /// How soon after healing each lock must be had, on machines that do much else.
    private static let livenessBound = Interval.seconds(30)

    /// Waits until all is well, tries every lock by every server, looks for what is left behind, and
    /// holds the histories of all callers against what is promised.
    package func judge() async throws -> Verdict {
        try await healthy()
        let healed = Clocks.now()
        try await probe(seed: UInt64(truncatingIfNeeded: healed.nanoseconds))
        try await expectIdleServers()
        let facts = try await residue()
        let history = try readHistories()
        let checks = HistoryChecks(
            releaseSlack: shape.longestTTL + shape.longestTTL + shape.longestTTL + .seconds(15),
            healed: healed, livenessBound: Self.livenessBound)
        var reports = checks.run(history)
        reports.append(LeakCheck.run(facts, memoryMax: Self.memoryMax))
        let grants = history.records.count { $0.kind == .acquire && $0.outcome.grant != nil }
        return Verdict(
            reports: reports, records: history.records.count, grants: grants,
            forgets: history.forgets.count)
    }

    private static let memoryMax = Interval.milliseconds(NodeResidue.retention + 5000)

    private func probe(seed: UInt64) async throws {
        for server in servers.indices {
            let number = UInt32(9000 + server)
            let file = try HistoryFile(scratch["probe-\(server)-\(seed).history"])
            try await client(of: server) { client in
                for (index, lock) in shape.locks.enumerated() {
                    let id = RequestID(
                        high: seed,
                        low: UInt64(number) << 40 | (seed << 8 & 0xFF_FFFF_FFFF)
                            | UInt64(index))
                    try await probe(lock, id, number, client, file)
                }
            }
        }
    }

    private func probe(
        _ lock: String, _ id: RequestID, _ number: UInt32, _ client: HoldfastClient,
        _ file: HistoryFile
    ) async throws {
        let called = Clocks.now()
        var hold = CallerHold(
            lock: lock, id: id, mode: .exclusive,
            ttlMilliseconds: shape.ttlMilliseconds.upperBound)
        hold.waitMilliseconds = 25_000
        let record = file.begin(
            HistoryRecord(
                id: 0, client: number, lock: lock, kind: .acquire, subject: id.low,
                called: called))
        let response = try await client.locks.acquire(
            hold.request(session: [], waited: 0),
            options: CallOptions(timeout: .seconds(28), requestID: id))
        guard case .held(let held)? = response.outcome else {
            file.end(record, .notHeld(by: nil), at: Clocks.now())
            return
        }
        hold.fence = held.fence
        hold.strength = Int(held.strength)
        hold.deadline = CallerHold.deadline(
            sent: called, milliseconds: held.waitedMs + hold.ttlMilliseconds)
        file.end(record, .granted(hold.told), at: Clocks.now())
        let back = file.begin(
            HistoryRecord(
                id: 0, client: number, lock: lock, kind: .release, subject: id.low,
                called: Clocks.now()))
        let released = try await client.locks.release(
            ReleaseRequest(names: [lock], grant: id.bytes))
        file.end(back, released.wasHeld ? .released : .notOwner, at: Clocks.now())
    }

    /// Nothing of any call is left in a server.
    private func expectIdleServers() async throws {
        for server in servers {
            try server.mustRun()
            for name in ["calls", "waiters", "queues", "acquisitions", "rounds"] {
                let sample = "holdfast_coordination_\(name)"
                var seen: Double?
                try await eventually(
                    "\(sample) of server \(server.number) is 0: \(seen ?? -1)",
                    every: .milliseconds(100)
                ) {
                    seen = server.metric(sample)
                    return seen == 0
                }
            }
        }
    }

    /// What is on the nodes once nothing serves anybody any more, or at the end of our patience.
    private func residue() async throws -> [ResidualFact] {
        let end = Clocks.now() + shape.longestTTL + .seconds(20)
        while true {
            let judged = nodes.filter { !lateNodes.contains($0.number) }
            let facts = try judged.flatMap { try NodeResidue.read($0) }
            let isClean = LeakCheck.run(facts, memoryMax: Self.memoryMax).isClean
            if isClean || Clocks.now() >= end { return facts }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// All that was recorded by callers, resources and the run itself.
    package func readHistories() throws -> History {
        var history = History(nodeCount: shape.nodes)
        for name in try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted()
        where name.hasSuffix(".history") {
            let bytes = FileManager.default.contents(atPath: scratch[name]) ?? Data()
            do {
                history.merge(try HistoryReader(Array(bytes)).history)
            } catch { throw ChaosFailure("\(name): \(error)") }
        }
        return history
    }
}

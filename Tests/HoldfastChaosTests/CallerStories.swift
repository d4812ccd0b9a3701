import Holdfast
import HoldfastBase
import HoldfastSimulation
import HoldfastTestChaos
import Testing

/// Callers that are processes, and are stopped and killed while they hold a lock.
@Suite("Stories of callers", .timeLimit(.minutes(4)))
struct CallerStories {
    private func settings(_ cluster: ChaosCluster) -> CallerSettings {
        var settings = CallerSettings(cluster, number: 50, seed: 5)
        settings.locks = ["a"]
        settings.shares = false
        settings.holdMilliseconds = 400...400
        return settings
    }

    /// Waits until the process holds the lock, and knows it.
    private func held(_ cluster: ChaosCluster, _ caller: Caller) async throws -> LockHolder {
        try await eventually("it is held", every: .milliseconds(5)) {
            guard let holder = try await caller.get("a").lock?.holders.first else { return nil }
            let grant = Self.number(holder.grant)
            let records = try cluster.readHistories().records
            return records.contains { $0.outcome.grant?.id == grant } ? holder : nil
        }
    }

    private static func number(_ grant: [UInt8]) -> UInt64 {
        grant.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    @Test("stopped for longer than its ttl: it reports the loss, and its fence is refused")
    func paused() async throws {
        try await withCluster { cluster in
            let process = try await CallerProcess(settings(cluster))
            try await cluster.callers { first, second in
                let holder = try await held(cluster, first)
                process.pause()
                let next = try await second.take("a", ttl: 5000, wait: 40_000)
                #expect(next.fence > holder.fence)
                let resource = FencedResource("a", in: cluster.scratch.path)
                let value = try #require(try resource.read(fence: next.fence))
                // What the stopped one would still send is refused.
                #expect(
                    try !resource.write(9, read: value, fence: holder.fence, by: 60))
                #expect(
                    try resource.write(value + 1, read: value, fence: next.fence, by: 61))
                #expect(
                    try !resource.write(9, read: value, fence: holder.fence, by: 60))
                process.resume()
                try await second.release("a", next.grant)
                let grant = Self.number(holder.grant)
                try await eventually("it reports the loss") {
                    try cluster.readHistories().records.contains { record in
                        record.subject == grant && record.outcome == .lost
                    }
                }
            }
            try await process.stop()
        }
    }

    @Test("killed while it holds: the next gets the lock when its time is over")
    func killed() async throws {
        try await withCluster { cluster in
            let process = try await CallerProcess(settings(cluster))
            try await cluster.callers { first, second in
                let holder = try await held(cluster, first)
                process.kill()
                let next = try await second.take("a", wait: 40_000)
                #expect(next.fence > holder.fence)
                try await second.release("a", next.grant)
            }
        }
    }
}

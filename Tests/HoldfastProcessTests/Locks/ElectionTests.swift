import Holdfast
import HoldfastBase
import Testing

/// Who leads, and what it says.
@Suite struct ElectionTests {
    private func campaign(
        _ story: LockStory, _ value: String, wait: UInt64 = 0
    ) async throws -> CampaignResponse.Outcome? {
        try await story.client.elections.campaign(
            CampaignRequest(
                election: "boss", value: Array(value.utf8), ttlMs: 1000, waitMs: wait),
            options: LockStory.once
        ).outcome
    }

    private func leader(_ story: LockStory) async throws -> Leadership? {
        try await story.client.elections.leader(LeaderRequest(election: "boss")).leadership
    }

    private func proclaim(
        _ story: LockStory, _ lead: Lead, _ value: String, _ sequence: UInt64
    ) async throws -> UInt64 {
        try await story.client.elections.proclaim(
            ProclaimRequest(
                election: "boss", key: lead.key, value: Array(value.utf8), sequence: sequence),
            options: LockStory.once
        ).sequence
    }

    @Test func oneLeadsAndTheNextFollows() async throws {
        try await withLocks { story in
            #expect(try await leader(story) == nil)
            guard case .lead(let first)? = try await campaign(story, "one") else {
                throw Failure("not elected")
            }
            // A lock of the same name is another thing.
            _ = try await story.take("boss")
            guard case .notElected(let not)? = try await campaign(story, "two") else {
                throw Failure("two lead")
            }
            #expect(not.leaderFence == first.fence && not.leaderValue == Array("one".utf8))
            #expect(not.remaining == .remainingMs(1000))
            let candidate = Task { try await campaign(story, "two", wait: 60_000) }
            try await story.waiters(1)
            #expect(try await leader(story)?.value == Array("one".utf8))
            let resigned = try await story.client.elections.resign(
                ResignRequest(election: "boss", key: first.key))
            #expect(resigned.led)
            guard case .lead(let second)? = try await candidate.value else {
                throw Failure("nobody follows")
            }
            #expect(second.fence > first.fence)
            let now = try #require(try await leader(story))
            #expect(now.value == Array("two".utf8) && now.fence == second.fence)
        }
    }

    @Test func theLeaderAloneSpeaks() async throws {
        try await withLocks { story in
            guard case .lead(let lead)? = try await campaign(story, "one") else {
                throw Failure("not elected")
            }
            #expect(try await proclaim(story, lead, "two", 2) == 2)
            // What was said before does not come back.
            #expect(try await proclaim(story, lead, "late", 1) == 1)
            #expect(try await leader(story)?.value == Array("two".utf8))
            let chosen = try await proclaim(story, lead, "three", 0)
            #expect(chosen > 2)
            let now = try #require(try await leader(story))
            #expect(now.value == Array("three".utf8) && now.sequence == chosen)
            let renewed = try await story.client.elections.renewLead(
                RenewLeadRequest(election: "boss", key: lead.key, ttlMs: 500))
            #expect(renewed.fence == lead.fence && renewed.ttlMs == 500)
            try await story.advance(500)
            #expect(try await leader(story) == nil)
            let error = try await story.failure { _ = try await proclaim(story, lead, "x", 0) }
            #expect(error.reason == "LOCK_NOT_OWNER")
        }
    }
}

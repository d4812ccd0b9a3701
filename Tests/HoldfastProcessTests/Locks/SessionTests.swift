import Holdfast
import HoldfastBase
import Testing

/// Sessions: one renewal for many grants, and an end for all of them.
@Suite struct SessionTests {
    private func open(_ story: LockStory, ttl: UInt64 = 1000) async throws -> [UInt8] {
        let response = try await story.client.sessions.open(
            OpenSessionRequest(ttlMs: ttl), options: LockStory.once)
        #expect(response.session.count == 16 && response.ttlMs == ttl)
        #expect(response.strength == 1 && response.nodes == 1)
        return response.session
    }

    private func keepAlive(
        _ story: LockStory, _ session: [UInt8]
    ) async throws -> KeepAliveResponse {
        try await story.client.sessions.keepAlive(
            KeepAliveRequest(session: session, ttlMs: 1000), options: LockStory.once)
    }

    private func take(
        _ story: LockStory, _ name: String, _ session: [UInt8],
        change: (inout TryAcquireRequest) -> Void = { _ in }
    ) async throws -> LockHeld {
        try await story.take(name, ttl: 0) {
            $0.session = session
            change(&$0)
        }
    }

    @Test func oneRenewalKeepsAllGrants() async throws {
        try await withLocks { story in
            let session = try await open(story)
            for index in 0..<5 {
                let held = try await take(story, "a\(index)", session)
                #expect(held.ttlMs == 0)
            }
            for _ in 0..<3 {
                try await story.advance(999)
                let alive = try await keepAlive(story, session)
                #expect(alive.grantsCount == 5 && alive.lost.isEmpty && alive.ttlMs == 1000)
            }
            let grants = try await story.client.sessions.listGrants(
                ListGrantsRequest(session: session))
            #expect(grants.grants.flatMap(\.names).sorted() == ["a0", "a1", "a2", "a3", "a4"])
            #expect(grants.grants.allSatisfy { $0.strength == 1 && !$0.shared })
            try await story.advance(1000)
            let error = try await story.failure { _ = try await keepAlive(story, session) }
            #expect(error.code == .failedPrecondition && error.reason == "LOCK_NO_SESSION")
            for index in 0..<5 { _ = try await story.take("a\(index)") }
        }
    }

    @Test func aClosedSessionFreesItsGrantsAtOnce() async throws {
        try await withLocks { story in
            let session = try await open(story)
            _ = try await take(story, "a", session) { $0.lockDelayMs = 5000 }
            let lead = try await story.client.elections.campaign(
                CampaignRequest(election: "boss", session: session))
            guard case .lead? = lead.outcome else { throw Failure("not elected") }
            _ = try await story.client.sessions.close(CloseSessionRequest(session: session))
            _ = try await story.take("a")
            #expect(
                try await story.client.elections.leader(
                    LeaderRequest(election: "boss")
                ).leadership == nil)
            let error = try await story.failure { _ = try await take(story, "b", session) }
            #expect(error.reason == "LOCK_NO_SESSION")
        }
    }

    @Test func theLongestHoldEndsAGrantOfALivingSession() async throws {
        try await withLocks { story in
            let session = try await open(story)
            _ = try await take(story, "a", session) { $0.maxHoldMs = 1500 }
            try await story.advance(900)
            _ = try await keepAlive(story, session)
            try await story.advance(599)
            #expect(try await story.attempt("a").notHeld?.remaining == .remainingMs(1))
            try await story.advance(1)
            _ = try await story.take("a")
        }
    }

    @Test func whatIsTakenAwayIsToldAsLost() async throws {
        try await withLocks { story in
            let session = try await open(story)
            let held = try await take(story, "a", session)
            let events = Task {
                var seen: [SessionEventsResponse.Event?] = []
                let stream = story.client.sessions.events(SessionEventsRequest(session: session))
                for try await element in stream { seen.append(element.event) }
                return seen
            }
            try await eventually("the stream is open") {
                try await story.daemon.metric("holdfast_coordination_calls") == 1
            }
            _ = try await story.admin.locks.forceRelease(ForceReleaseRequest(name: "a"))
            let alive = try await keepAlive(story, session)
            #expect(alive.lost == [held.grant] && alive.grantsCount == 0)
            #expect(try await keepAlive(story, session).lost.isEmpty)
            _ = try await story.client.sessions.close(CloseSessionRequest(session: session))
            let seen = try await events.value
            #expect(seen == [.lost(GrantsLost(grants: [held.grant])), .ended(SessionEnded())])
        }
    }

    /// The server renews for those who ask it to, and stops when they are gone.
    @Test(arguments: ["1", "2"])
    func theWatchdogLivesAsLongAsTheConnection(loops: String) async throws {
        try await withLocks(["--loops", loops]) { story in
            try await story.daemon.client { other in
                let request = TryAcquireRequest(names: ["a"], ttlMs: 900, autoRenew: true)
                let response = try await other.locks.tryAcquire(request)
                #expect(response.outcome?.held != nil)
                for _ in 0..<5 { try await story.advance(600) }
                #expect(try await story.attempt("a").held == nil)
            }
            try await eventually("the lock is free") {
                try await story.advance(300)
                return try await story.get("a").holders.isEmpty
            }
        }
    }

    @Test func theWatchdogEndsWithTheLongestHold() async throws {
        try await withLocks { story in
            _ = try await story.take("a", ttl: 900) {
                $0.autoRenew = true
                $0.renewIntervalMs = 300
                $0.maxHoldMs = 2000
            }
            try await story.advance(1999)
            #expect(try await story.attempt("a").held == nil)
            try await story.advance(1)
            _ = try await story.take("a")
        }
    }
}

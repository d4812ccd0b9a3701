import Holdfast
import HoldfastBase
import Testing

/// Locks by calls to a server with a manual clock: every time is exact.
@Suite struct LockTests {
    @Test func aLockIsHeldUntilItsVeryEnd() async throws {
        try await withLocks { story in
            let first = try await story.take("orders/42") { $0.metadata = Array("me".utf8) }
            #expect(first.grant.count == 16 && first.strength == 1 && first.nodes == 1)
            #expect(first.ttlMs == 1000 && !first.joined)
            try await story.advance(999)
            let refused = try #require(try await story.attempt("orders/42").notHeld)
            #expect(refused.obstacle == .held && refused.name == "orders/42")
            #expect(refused.remaining == .remainingMs(1) && refused.holderFence == first.fence)
            #expect(refused.holderMetadata == Array("me".utf8))
            try await story.advance(1)
            let second = try await story.take("orders/42")
            #expect(second.fence > first.fence && second.grant != first.grant)
        }
    }

    @Test func whatIsOverIsNotRenewed() async throws {
        try await withLocks { story in
            let held = try await story.take("a")
            try await story.advance(900)
            let renewed = try await story.renew("a", held.grant)
            #expect(renewed.fence == held.fence && renewed.strength == 1 && renewed.nodes == 1)
            try await story.advance(999)
            #expect(try await story.get("a").holders.first?.remaining == .remainingMs(1))
            try await story.advance(1)
            let error = try await story.failure { _ = try await story.renew("a", held.grant) }
            #expect(error.code == .failedPrecondition && error.reason == "LOCK_NOT_OWNER")
            #expect(try await story.get("a").holders.isEmpty)
        }
    }

    @Test func aReleaseIsDoneOnce() async throws {
        try await withLocks { story in
            let held = try await story.take("a")
            #expect(try await story.release("a", grant: held.grant))
            #expect(try await !story.release("a", grant: held.grant))
            #expect(try await !story.release("a", grant: RequestID.random().bytes))
            // An acquire that its release has overtaken takes nothing.
            let id = RequestID.random()
            #expect(try await !story.release("b", grant: id.bytes))
            let error = try await story.failure { _ = try await story.attempt("b", id: id) }
            #expect(error.code == .aborted && error.reason == "LOCK_BURIED")
            #expect(try await story.get("b").holders.isEmpty)
        }
    }

    @Test func whatAnotherHoldsIsNotGivenBack() async throws {
        try await withLocks { story in
            let held = try await story.take("a", ttl: 5000) { $0.metadata = Array("mine".utf8) }
            let other = RequestID.random().bytes
            let error = try await story.failure {
                _ = try await story.client.locks.release(
                    ReleaseRequest(names: ["a"], grant: other, expectHeld: true),
                    options: LockStory.once)
            }
            #expect(error.code == .failedPrecondition && error.reason == "LOCK_NOT_OWNER")
            #expect(error.message.contains("under fence \(held.fence)"))
            #expect(error.metadata["holder_fence"] == String(held.fence))
            #expect(error.metadata["name"] == "a" && error.metadata["holder_metadata"] == "mine")
            // Who only ends what may be under way hears nothing of others.
            #expect(try await !story.release("a", grant: other))
            let wrong = try await story.failure {
                _ = try await story.admin.locks.forceRelease(
                    ForceReleaseRequest(name: "a", fence: held.fence + 1, reason: "a test"),
                    options: LockStory.once)
            }
            #expect(wrong.reason == "LOCK_NOT_OWNER")
            #expect(wrong.message.contains("not under \(held.fence + 1)"))
            #expect(try await story.get("a").holders.map(\.grant) == [held.grant])
            // What nobody holds is no mistake.
            try await story.release("a", grant: held.grant)
            let released = try await story.client.locks.release(
                ReleaseRequest(names: ["a"], grant: held.grant, expectHeld: true),
                options: LockStory.once)
            #expect(!released.wasHeld)
        }
    }

    @Test func aRepeatOfARequestIsTheSameRequest() async throws {
        try await withLocks(["--loops", "2"]) { story in
            let id = RequestID.random()
            let first = try #require(try await story.attempt("a", id: id).held)
            let again = try #require(try await story.attempt("a", id: id).held)
            #expect(first.grant == id.bytes && again.grant == first.grant)
            #expect(again.fence == first.fence)
            let info = try await story.get("a")
            #expect(info.holders.count == 1 && info.holders.first?.entries == 1)
            #expect(try await story.release("a", grant: id.bytes))
            #expect(try await story.get("a").holders.isEmpty)
        }
    }

    @Test func severalLocksAreTakenAllOrNone() async throws {
        try await withLocks { story in
            let middle = try await story.take("b")
            let refused = try #require(try await story.attempt("a", "b", "c").notHeld)
            #expect(refused.name == "b")
            #expect(try await story.get("a").holders.isEmpty)
            try await story.release("b", grant: middle.grant)
            let all = try await story.take("a", "b", "c")
            for name in ["a", "b", "c"] {
                #expect(try await story.get(name).holders.map(\.grant) == [all.grant])
            }
            #expect(try await story.release("a", "b", "c", grant: all.grant))
            #expect(try await story.client.locks.listLocks(ListLocksRequest()).locks.isEmpty)
        }
    }

    @Test func sharedHoldersKeepWritersOut() async throws {
        try await withLocks { story in
            let one = try await story.take("a", mode: .shared)
            let two = try await story.take("a", mode: .shared)
            #expect(try await story.attempt("a").notHeld?.obstacle == .held)
            #expect(try await story.get("a").holders.map(\.mode) == [.shared, .shared])
            // A contended upgrade is refused and changes nothing.
            #expect(try await story.change("a", one.grant, to: .exclusive).notHeld != nil)
            try await story.release("a", grant: two.grant)
            let upgraded = try #require(try await story.change("a", one.grant, to: .exclusive).held)
            #expect(upgraded.fence > one.fence && upgraded.grant == one.grant)
            #expect(try await story.attempt("a", mode: .shared).notHeld != nil)
            let down = try #require(try await story.change("a", one.grant, to: .shared).held)
            #expect(down.fence == upgraded.fence)
            _ = try await story.take("a", mode: .shared)
            try await story.advance(2000)
            let error = try await story.failure {
                _ = try await story.change("a", one.grant, to: .exclusive)
            }
            #expect(error.code == .failedPrecondition && error.reason == "LOCK_NOT_OWNER")
        }
    }

    @Test func aHolderEntersAgainWhereItSaysSo() async throws {
        try await withLocks { story in
            func enter(_ change: @escaping (inout TryAcquireRequest) -> Void) async throws
                -> TryAcquireResponse.Outcome
            {
                try await story.attempt("a") {
                    $0.holder = "worker"
                    change(&$0)
                }
            }
            let first = try #require(try await enter { _ in }.held)
            #expect(try await enter { _ in }.notHeld?.obstacle == .own)
            let again = try #require(try await enter { $0.reentrant = true }.held)
            #expect(again.joined && again.fence == first.fence && again.grant != first.grant)
            #expect(try await story.get("a").holders.first?.entries == 2)
            #expect(try await story.release("a", grant: first.grant))
            #expect(try await story.get("a").holders.count == 1)
            #expect(try await story.release("a", grant: again.grant))
            #expect(try await story.get("a").holders.isEmpty)
        }
    }

    @Test func aLockDelayFollowsAnAbnormalEndOnly() async throws {
        try await withLocks { story in
            let held = try await story.take("a") { $0.lockDelayMs = 500 }
            try await story.release("a", grant: held.grant)
            _ = try await story.take("a") { $0.lockDelayMs = 500 }
            try await story.advance(1000)
            let delayed = try #require(try await story.attempt("a").notHeld)
            #expect(delayed.obstacle == .delayed && delayed.remaining == .remainingMs(500))
            #expect(try await story.get("a").delayMs == 500)
            try await story.advance(499)
            #expect(try await story.attempt("a").held == nil)
            try await story.advance(1)
            _ = try await story.take("a")
        }
    }

    @Test func operatorsTakeLocksAway() async throws {
        try await withLocks { story in
            let held = try await story.take("a")
            func force(_ fence: UInt64) async throws -> Bool {
                try await story.admin.locks.forceRelease(
                    ForceReleaseRequest(name: "a", fence: fence), options: LockStory.once
                ).wasHeld
            }
            let other = try await story.failure { _ = try await force(held.fence + 1) }
            #expect(other.reason == "LOCK_NOT_OWNER")
            #expect(try await force(held.fence))
            #expect(try await !force(0))
            let error = try await story.failure { _ = try await story.renew("a", held.grant) }
            #expect(error.reason == "LOCK_NOT_OWNER")
            _ = try await story.take("a")
            let line = try await story.daemon.logged("admin call") { $0["key"] == "a" }
            #expect(line["method"] == "holdfast.v1.LockService/ForceRelease")
        }
    }

    @Test func locksAreListedInPages() async throws {
        try await withLocks { story in
            for name in ["b/2", "a/1", "b/1", "b/3", "c"] { _ = try await story.take(name) }
            var seen: [String] = []
            var request = ListLocksRequest(prefix: "b/", pageSize: 2)
            repeat {
                let page = try await story.client.locks.listLocks(request)
                #expect(page.locks.count <= 2 && page.nodes == 1)
                #expect(page.locks.allSatisfy { $0.holders.count == 1 })
                seen += page.locks.map(\.name)
                request.pageToken = page.nextPageToken
            } while !request.pageToken.isEmpty && seen.count < 10
            #expect(seen == ["b/1", "b/2", "b/3"])
            let all = try await story.client.locks.listLocks(ListLocksRequest())
            #expect(all.locks.map(\.name) == ["a/1", "b/1", "b/2", "b/3", "c"])
            let error = try await story.failure {
                _ = try await story.client.locks.listLocks(ListLocksRequest(pageToken: [1]))
            }
            #expect(error.code == .invalidArgument)
            #expect(error.violations.map(\.field) == ["page_token"])
        }
    }

    @Test func aFreeLockIsShownAsFree() async throws {
        try await withLocks { story in
            let response = try await story.client.locks.getLock(GetLockRequest(name: "nobody's"))
            let lock = try #require(response.lock)
            #expect(lock.name == "nobody's" && lock.holders.isEmpty && lock.waiting == 0)
            #expect(response.agreed && response.perNode.map(\.node) == [0])
        }
    }

    @Test func theClockOfAnOrdinaryServerIsNotMoved() async throws {
        try await withDaemon { daemon in
            try await daemon.client(as: "admin") { admin in
                let error = await #expect(throws: RPCError.self) {
                    try await admin.admin.advanceClock(
                        AdvanceClockRequest(milliseconds: 1), options: LockStory.once)
                }
                #expect(error?.reason == "CLOCK_NOT_MANUAL")
                #expect(error?.code == .failedPrecondition)
                let nodes = try await admin.admin.listNodes(ListNodesRequest())
                #expect(nodes.hasQuorum && nodes.quorum == 1 && nodes.epoch == 1)
                #expect(nodes.nodes.map(\.address) == ["memory"])
                #expect(nodes.nodes.map(\.state) == [.voting] && nodes.nodes[0].reason.isEmpty)
                let again = await #expect(throws: RPCError.self) {
                    try await admin.admin.formCluster(
                        FormClusterRequest(), options: LockStory.once)
                }
                #expect(again?.code == .failedPrecondition)
            }
        }
    }

    /// Time goes by itself where it is not manual.
    @Test func anOrdinaryServerKeepsTime() async throws {
        try await withDaemon { daemon in
            try await daemon.client { client in
                let request = AcquireRequest(names: ["a"], ttlMs: 100)
                let first = try #require(try await client.locks.acquire(request).outcome?.held)
                let waiting = AcquireRequest(names: ["a"], ttlMs: 100, waitMs: 100_000)
                let options = CallOptions(timeout: .seconds(120))
                let second = try await client.locks.acquire(waiting, options: options)
                #expect((second.outcome?.held?.fence ?? 0) > first.fence)
            }
        }
    }
}

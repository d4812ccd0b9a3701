import HoldfastTesting
import Testing

/// Sessions of one's own, elections, and the end of a client.
@Suite struct SessionTests {
    @Test func grantsOfASessionEndWithIt() async throws {
        try await withTestServer { server in
            let client = try server.client()
            let lost = try await client.withSession { session in
                #expect(session.isAlive && session.remaining > .seconds(20))
                let guarded = try await session.acquire("a")
                let isFree = try await session.withLock("b") { _ in try await client.isFree("b") }
                #expect(!isFree)
                let info = try await client.locks.getLock(GetLockRequest(name: "a")).lock
                #expect(info?.holders.first?.session == session.id)
                return guarded
            }
            #expect(lost.state == .lost(.closed))
            #expect(try await client.isFree("a"))
        }
    }

    @Test func nothingIsTakenInASessionThatIsOver() async throws {
        try await withTestServer { server in
            let client = try server.client()
            let session = try await client.openSession()
            await session.close()
            #expect(!session.isAlive && session.remaining == .zero)
            let error = await #expect(throws: HoldfastError.self) {
                try await session.acquire("a")
            }
            #expect(error?.code == .state)
            #expect(await session.ended() == nil)
        }
    }

    @Test func aSessionThatIsLostTellsEverybody() async throws {
        try await withTestServer(time: .manual) { server in
            let client = try server.client()
            let session = try await client.openSession()
            let guarded = try await session.acquire("a")
            // Somebody else closes it.
            _ = try await client.sessions.close(CloseSessionRequest(session: session.id))
            try await server.advance(by: .seconds(10))
            #expect(guarded.state == .lost(.sessionOver))
            #expect(await session.ended() == .sessionOver)
        }
    }

    @Test func theClientOpensAnotherWhereItsOwnIsOver() async throws {
        try await withTestServer(time: .manual) { server in
            let client = try server.client()
            let guarded = try await client.acquire("a")
            let info = try await client.locks.getLock(GetLockRequest(name: "a")).lock
            let session = try #require(info?.holders.first?.session)
            _ = try await client.sessions.close(CloseSessionRequest(session: session))
            // The acquire is refused; the client finds out why, and begins again.
            let next = try await client.acquire("b")
            #expect(guarded.state == .lost(.sessionOver))
            #expect(next.isHeld)
        }
    }

    @Test func leading() async throws {
        try await withTestServer { server in
            let (mine, other) = (try server.client(), try server.client())
            let entered = Gauge()
            let second = try await mine.lead("scheduler", value: Array("one".utf8)) { term in
                let seen = try await other.elections.leader(LeaderRequest(election: "scheduler"))
                #expect(seen.leadership?.value == Array("one".utf8))
                #expect(seen.leadership?.fence == term.fence)
                try await term.proclaim(Array("two".utf8))
                let changed = try await other.elections.leader(LeaderRequest(election: "scheduler"))
                #expect(changed.leadership?.value == Array("two".utf8))
                #expect(term.value == Array("two".utf8) && term.election == "scheduler")
                await #expect(throws: NotAcquired.self) {
                    try await other.lead("scheduler", .try) { _ in }
                }
                let waiting = Task {
                    try await other.lead("scheduler") { next in
                        entered.enter()
                        return next.fence
                    }
                }
                try await eventually("it stands") {
                    try await mine.elections.leader(LeaderRequest(election: "scheduler")).waiting
                        == 1
                }
                #expect(entered.total == 0)
                return (waiting, term.fence)
            }
            #expect(try await second.0.value > second.1)
        }
    }

    @Test func aTermIsLostAsALock() async throws {
        try await withTestServer(time: .manual) { server in
            let client = try server.client()
            let term = try await client.campaign("e", value: [1], options: LockOptions())
            try await server.advance(by: .seconds(120))
            #expect(term.state == .held)
            server.faults.silence()
            try await server.advance(by: .seconds(30))
            #expect(term.state == .lost(.expired))
            await #expect(throws: LockLost.self) { try await term.proclaim([2]) }
        }
    }

    @Test func theEndOfAClientGivesBackWhatItHolds() async throws {
        try await withTestServer { server in
            let (mine, other) = (try server.client(), try server.client())
            let guarded = try await mine.acquire("a")
            let term = try await mine.campaign("e", value: [], options: LockOptions())
            await mine.shutDown()
            #expect(guarded.state == .lost(.closed) && term.state == .lost(.closed))
            #expect(try await other.isFree("a"))
            let error = await #expect(throws: HoldfastError.self) { try await mine.acquire("b") }
            #expect(error?.code == .state)
        }
    }

    @Test func aSessionThatNobodyNeedsIsClosed() async throws {
        try await withTestServer(time: .manual) { server in
            let counters = Counters()
            let client = try server.client(ClientOptions(metrics: counters))
            try await client.withLock("a") { _ in }
            try await server.advance(by: .seconds(300))
            try await eventually("it was kept alive for a while") { counters[.keepAlives] >= 1 }
            #expect(counters[.keepAlives] < 6)
            try await client.withLock("a") { _ in }
        }
    }

    @Test func grantsThatNobodyKnowsAreGivenBack() async throws {
        try await withTestServer(time: .manual) { server in
            let client = try server.client()
            let session = try await client.openSession()
            // Taken behind the library's back: an acquire whose answer was never seen leaves the same.
            let answer = try await client.locks.acquire(
                AcquireRequest(names: ["stray"], session: session.id))
            guard case .held = answer.outcome else { throw Failure("not held") }
            let guarded = try await session.acquire("a")
            try await server.advance(by: .seconds(10))
            try await eventually("it is given back") { try await client.isFree("stray") }
            #expect(guarded.isHeld)
        }
    }
}

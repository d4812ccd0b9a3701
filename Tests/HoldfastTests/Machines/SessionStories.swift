import HoldfastBase
import HoldfastWire
import Testing

@testable import Holdfast

/// A session of one second's life through all that can happen to it.
@Suite struct SessionStories {
    private let start = Instant(nanoseconds: 5_000_000_000)
    private let grant = RequestID(high: 1, low: 1)

    private func at(_ milliseconds: Int64) -> Instant { start + .milliseconds(milliseconds) }

    private func fresh(isOwned: Bool = false) -> SessionMachine {
        var machine = SessionMachine(
            id: RequestID(high: 9, low: 9), ttl: .milliseconds(3000),
            interval: .milliseconds(1000), isOwned: isOwned, now: start)
        expect(machine.wanted(until: at(5000)))
        return machine
    }

    /// Open since the start, with one grant.
    private func open() -> SessionMachine {
        var machine = fresh()
        expect(machine.timeReached(start) == [.sendOpen(attempt: 1, timeout: .milliseconds(5000))])
        expect(machine.opened(attempt: 1, sent: start, at(5)) == [.tellOpened])
        expect(machine.acquireBegan(grant))
        expect(
            machine.acquired(
                grant, names: ["a"], isElection: false, fence: 3, isJoined: false, now: at(6))
                == at(2968))
        return machine
    }

    /// Sends the keep-alive that is due.
    private func send(_ machine: inout SessionMachine, _ now: Int64) -> UInt64? {
        for action in machine.timeReached(at(now)) {
            if case .sendKeepAlive(let number, _) = action { return number }
        }
        return nil
    }

    private func agree(
        _ machine: inout SessionMachine, _ number: UInt64, _ now: Int64, lost: [RequestID] = []
    ) -> [SessionMachine.Action] {
        machine.keptAlive(
            number, lost: lost, count: machine.ledger.count, digest: machine.ledger.digest,
            at(now))
    }

    private let unavailable = RPCError(.unavailable, "gone")

    @Test func keptAliveEveryInterval() throws {
        var machine = open()
        expect(machine.deadline == at(2968) && machine.wake == at(1000))
        expect(machine.timeReached(at(999)).isEmpty)
        let first = machine.timeReached(at(1000))
        expect(
            first == [
                .tellRenewing, .sendKeepAlive(2, timeout: .milliseconds(1968)),
            ])
        expect(agree(&machine, 2, 1007) == [.extend([grant], until: at(3968))])
        // From sending to sending: the way of the answer does not add up.
        expect(machine.wake == at(2000))
        let second = try #require(send(&machine, 2000))
        expect(agree(&machine, second, 2900) == [.extend([grant], until: at(4968))])
        expect(machine.wake == at(3000))
    }

    @Test func oneCallWhateverTheNumberOfGrants() {
        var machine = open()
        for number in 2...1000 as ClosedRange<UInt64> {
            let id = RequestID(high: 1, low: number)
            expect(machine.acquireBegan(id))
            _ = machine.acquired(
                id, names: ["lock-\(number)"], isElection: false, fence: 3, isJoined: false,
                now: at(10))
        }
        expect(
            machine.timeReached(at(1000)) == [
                .tellRenewing, .sendKeepAlive(2, timeout: .milliseconds(1968)),
            ])
        guard case .extend(let ids, _)? = agree(&machine, 2, 1001).first else {
            Issue.record("nothing was extended")
            return
        }
        expect(ids.count == 1000)
    }

    @Test func survivesErrorsUntilTheEnd() throws {
        var machine = open()
        var now: Int64 = 1000
        var sendings = 0
        while now < 2968 {
            if let number = send(&machine, now) {
                sendings += 1
                expect(
                    machine.keepAliveFailed(number, isSessionOver: false, at(now + 1)).isEmpty)
            }
            now = (machine.wake - start).nanoseconds / 1_000_000
        }
        expect(sendings > 5)
        expect(machine.timeReached(at(2968)) == [.tellEnd(.lost(.expired))])
        expect(machine.timeReached(at(4000)).isEmpty)
        expect(machine.wake == .never)
        expect(!machine.acquireBegan(grant))
        expect(!machine.wanted(until: at(9000)))
    }

    @Test func saysWhenItGetsClose() throws {
        var machine = open()
        _ = try #require(send(&machine, 1000))
        var told = 0
        for now in stride(from: Int64(1000), to: 2968, by: 50) {
            told += machine.timeReached(at(now)).filter { $0 == .tellTime }.count
        }
        expect(told == 1)
    }

    @Test func silenceIsAnsweredByAnotherServer() throws {
        var machine = open()
        let first = try #require(send(&machine, 1000))
        expect(machine.wake == at(1450))
        let actions = machine.timeReached(at(1450))
        expect(actions.first == .suspectServer(since: at(1000)))
        expect(actions.contains { if case .sendKeepAlive = $0 { true } else { false } })
        // The old one is answered after all, and counts from its own sending.
        expect(agree(&machine, first, 1500) == [.extend([grant], until: at(3968))])
        expect(machine.wake == at(2000))
    }

    @Test func noMoreThanAFewOnTheWay() throws {
        var machine = open()
        var sendings = 0
        for now in stride(from: Int64(1000), to: 2968, by: 10) where send(&machine, now) != nil {
            sendings += 1
        }
        expect(sendings == 4)
    }

    @Test func theLateAnswerRevivesNothing() throws {
        var machine = open()
        let number = try #require(send(&machine, 1000))
        // The process stood still; nobody has looked at the time.
        expect(agree(&machine, number, 3000) == [.tellEnd(.lost(.expired))])
        expect(machine.phase == .over(.lost(.expired)))
    }

    @Test func overByTheServersWord() throws {
        var machine = open()
        let number = try #require(send(&machine, 1000))
        expect(
            machine.keepAliveFailed(number, isSessionOver: true, at(1001))
                == [.tellEnd(.lost(.sessionOver))])
    }

    @Test func lostGrantsAreNamed() throws {
        var machine = open()
        let number = try #require(send(&machine, 1000))
        let actions = machine.keptAlive(number, lost: [grant], count: 0, digest: 0, at(1001))
        expect(actions == [.lose([grant], .takenAway), .extend([], until: at(3968))])
        expect(machine.ledger.count == 0)
    }

    @Test func aDifferenceIsLookedInto() throws {
        var machine = open()
        let number = try #require(send(&machine, 1000))
        let stranger = SessionLedger.Listed(
            grant: RequestID(high: 4, low: 4), names: ["z"], isElection: false, fence: 9)
        let asked = machine.keptAlive(number, lost: [], count: 1, digest: 77, at(1001))
        expect(asked == [.sendList(3, timeout: .milliseconds(450))])
        // Until it is known what is held, nothing is promised for longer.
        expect(machine.deadline == at(2968))
        let found = machine.listed(3, [stranger], at(1010))
        expect(
            found == [
                .lose([grant], .takenAway), .giveBack(stranger), .extend([], until: at(3968)),
            ])
    }

    @Test func theListAgreesWithUs() throws {
        var machine = open()
        let number = try #require(send(&machine, 1000))
        _ = machine.keptAlive(number, lost: [], count: 2, digest: 77, at(1001))
        let list = [
            SessionLedger.Listed(grant: grant, names: ["a"], isElection: false, fence: 3)
        ]
        expect(machine.listed(3, list, at(1010)) == [.extend([grant], until: at(3968))])
    }

    @Test func aListThatDoesNotComeIsAskedForAgain() throws {
        var machine = open()
        let number = try #require(send(&machine, 1000))
        _ = machine.keptAlive(number, lost: [], count: 2, digest: 77, at(1001))
        expect(machine.listFailed(3, at(1400)).isEmpty)
        expect(machine.deadline == at(2968))
        expect(send(&machine, 1410) != nil)
    }

    @Test func takenWhileARenewalWasOnItsWay() throws {
        var machine = open()
        let number = try #require(send(&machine, 1000))
        let other = RequestID(high: 1, low: 2)
        expect(machine.acquireBegan(other))
        expect(
            machine.acquired(
                other, names: ["b"], isElection: false, fence: 4, isJoined: false, now: at(1001))
                == at(2968))
        // The answer knows of both, and concerns the one that was there.
        expect(agree(&machine, number, 1005) == [.extend([grant], until: at(3968))])
    }

    @Test func openedAgainAndAgain() {
        var machine = fresh()
        expect(machine.timeReached(start).count == 1)
        expect(machine.openFailed(unavailable, at(1)).isEmpty)
        expect(machine.timeReached(at(5)).isEmpty)
        guard case .sendOpen(let attempt, _)? = machine.timeReached(machine.wake).first else {
            Issue.record("it was not sent again")
            return
        }
        expect(machine.opened(attempt: attempt, sent: at(11), at(20)) == [.tellOpened])
        expect(machine.deadline == at(11 + 2968))
    }

    @Test func notOpenedForEver() {
        var machine = fresh()
        var now: Int64 = 0
        var ended: [SessionMachine.Action] = []
        for _ in 0..<100 {
            _ = machine.timeReached(at(now))
            ended = machine.openFailed(unavailable, at(now))
            guard ended.isEmpty else { break }
            now = (machine.wake - start).nanoseconds / 1_000_000
        }
        expect(ended == [.tellEnd(.failed(unavailable))])
        expect(now > 3000 && now <= 5000)
    }

    @Test func whoMayNotOpenIsToldAtOnce() {
        var machine = fresh()
        _ = machine.timeReached(start)
        let denied = RPCError(.permissionDenied, "no")
        expect(machine.openFailed(denied, at(1)) == [.tellEnd(.failed(denied))])
    }

    @Test func closedWhenNobodyNeedsIt() throws {
        var machine = open()
        machine.releaseBegan(grant)
        machine.releaseEnded(grant)
        var ended: [SessionMachine.Action] = []
        var now: Int64 = 1000
        while ended.isEmpty, now < 20_000 {
            for action in machine.timeReached(at(now)) {
                if case .sendKeepAlive(let number, _) = action {
                    _ = agree(&machine, number, now + 1)
                }
                if case .tellEnd = action { ended = [action, .sendClose] }
            }
            now = max(now + 1, (machine.wake - start).nanoseconds / 1_000_000)
        }
        expect(ended == [.tellEnd(.closed), .sendClose])
        expect(now >= 4000)
    }

    @Test func ownedStaysOpen() throws {
        var machine = fresh(isOwned: true)
        _ = machine.timeReached(start)
        _ = machine.opened(attempt: 1, sent: start, at(1))
        for now in stride(from: Int64(1000), through: 30_000, by: 1000) {
            let number = try #require(send(&machine, now))
            _ = agree(&machine, number, now + 1)
        }
        expect(machine.phase == .alive)
        expect(machine.closeAsked() == [.tellEnd(.closed), .sendClose])
        expect(machine.closeAsked().isEmpty)
        var dropped = fresh(isOwned: true)
        expect(dropped.closeAsked(isTold: false) == [.tellEnd(.closed)])
    }

    @Test func aServerThatDoesNotKnowItIsNoProof() {
        var machine = open()
        guard case .sendKeepAlive(let number, _)? = machine.doubted(at(100)).last else {
            Issue.record("it did not ask")
            return
        }
        expect(machine.doubted(at(101)).isEmpty)
        expect(agree(&machine, number, 105) == [.extend([grant], until: at(100 + 2968))])
    }
}

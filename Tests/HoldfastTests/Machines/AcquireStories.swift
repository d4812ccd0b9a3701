import HoldfastBase
import HoldfastWire
import Testing

@testable import Holdfast

/// An acquire whose answer does not come, comes late, or says no.
@Suite struct AcquireStories {
    private let start = Instant(nanoseconds: 5_000_000_000)
    private let gone = RPCError(.unavailable, "the connection broke")
    private let notSent = RPCError(.unavailable, "no connection", isNotProcessed: true)
    private let noQuorum = RPCError(.unavailable, "1 of 3", reason: "NO_QUORUM")
    private let unknown = RPCError(.unknown, "1 of 3", reason: "OUTCOME_UNKNOWN")
    private let denied = RPCError(.permissionDenied, "no")
    private let full = RPCError(.resourceExhausted, "full", reason: "LOCK_FULL")

    private func at(_ milliseconds: Int64) -> Instant { start + .milliseconds(milliseconds) }

    private func machine(wait: Int64) -> AcquireMachine {
        AcquireMachine(wait: .milliseconds(wait), patience: .milliseconds(10_000))
    }

    @Test func sentAgainItKeepsItsPlace() {
        var machine = machine(wait: 20_000)
        expect(
            machine.send(start)
                == .init(
                    wait: .milliseconds(20_000), waited: .zero, timeout: .milliseconds(25_000)))
        expect(machine.isSole && !machine.mustGiveBack)
        expect(
            machine.failed(gone, at(4000), isCancelled: false)
                == .sendAgain(after: .milliseconds(20)))
        expect(
            machine.send(at(4020))
                == .init(
                    wait: .milliseconds(15_980), waited: .milliseconds(4020),
                    timeout: .milliseconds(20_980)))
        expect(!machine.isSole && machine.mustGiveBack && machine.firstSent == start)
    }

    @Test func whatWasNeverSentIsSentAtOnce() {
        var machine = machine(wait: 0)
        _ = machine.send(start)
        expect(machine.failed(notSent, at(1), isCancelled: false) == .sendAgain(after: .zero))
    }

    @Test func givesUpInTheEnd() {
        var machine = machine(wait: 0)
        var now = start
        for _ in 0..<1000 {
            _ = machine.send(now)
            guard case .sendAgain(let pause) = machine.failed(gone, now, isCancelled: false) else {
                break
            }
            now = now + pause
        }
        expect(now >= at(9000) && now < at(10_000))
        expect(machine.failed(gone, now, isCancelled: false) == .fail(isOpen: true))
    }

    @Test func aTryWithoutQuorumIsNotRepeated() {
        var machine = machine(wait: 0)
        _ = machine.send(start)
        expect(machine.failed(noQuorum, at(5), isCancelled: false) == .fail(isOpen: false))
    }

    @Test func aWaitWithoutQuorumGoesOn() {
        var machine = machine(wait: 1000)
        _ = machine.send(start)
        guard case .sendAgain = machine.failed(noQuorum, at(5), isCancelled: false) else {
            Issue.record("it gave up")
            return
        }
        // It is known that nothing is held; an earlier sending was refused too, but who knows.
        _ = machine.send(at(900))
        expect(machine.failed(noQuorum, at(1000), isCancelled: false) == .fail(isOpen: true))
    }

    @Test func anUnknownOutcomeIsAskedForAgain() {
        var machine = machine(wait: 0)
        _ = machine.send(start)
        guard case .sendAgain = machine.failed(unknown, at(5), isCancelled: false) else {
            Issue.record("it gave up")
            return
        }
    }

    @Test func refusalsAreFinal() {
        for error in [denied, full] {
            var machine = machine(wait: 5000)
            _ = machine.send(start)
            expect(machine.failed(error, at(5), isCancelled: false) == .fail(isOpen: false))
        }
    }

    @Test func cancelledItMayBeGrantedYet() {
        var machine = machine(wait: 5000)
        _ = machine.send(start)
        let cancelled = RPCError(.cancelled, "cancelled")
        expect(machine.failed(cancelled, at(5), isCancelled: true) == .fail(isOpen: true))
        // What never left needs no release.
        var unsent = self.machine(wait: 5000)
        _ = unsent.send(start)
        expect(unsent.failed(notSent, at(5), isCancelled: true) == .fail(isOpen: false))
    }

    @Test func aSessionThatAServerDoesNotKnowIsAskedForAgain() {
        var machine = machine(wait: 0)
        _ = machine.send(start)
        let error = RPCError(.failedPrecondition, "over", reason: "LOCK_NO_SESSION")
        guard case .sendAgain = machine.failed(error, at(5), isCancelled: false) else {
            Issue.record("it gave up")
            return
        }
    }

    @Test func longWaitsAreCutIntoCalls() {
        var machine = machine(wait: 86_400_000)
        let sending = machine.send(start)
        expect(sending.timeout == .milliseconds(590_000))
        expect(sending.wait == .milliseconds(86_400_000))
        let late = RPCError(.deadlineExceeded, "late")
        guard case .sendAgain = machine.failed(late, at(590_000), isCancelled: false) else {
            Issue.record("it gave up")
            return
        }
    }

    @Test func releasesAreRepeatedAndNotForEver() {
        var machine = ReleaseMachine(until: at(5000))
        var now = start
        expect(machine.send(now) == .milliseconds(2000))
        expect(machine.isFirst)
        var sendings = 1
        while let pause = machine.failed(gone, now) {
            now = now + pause
            _ = machine.send(now)
            sendings += 1
        }
        expect(sendings > 5 && sendings < 50 && now < at(5000) && !machine.isFirst)
        expect(machine.failed(denied, start) == nil)
    }

    @Test func validityIsCountedFromTheSending() {
        expect(Validity.end(sent: start, ttl: .milliseconds(1000)) == at(988))
        expect(
            Validity.end(sent: start, waited: .milliseconds(2000), ttl: .milliseconds(1000))
                == at(1980 + 988))
    }
}

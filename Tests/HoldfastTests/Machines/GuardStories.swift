import HoldfastBase
import Testing

@testable import Holdfast

/// What a guard says while renewals succeed, fail, come late, and while time passes.
@Suite struct GuardStories {
    private let start = Instant(nanoseconds: 1_000_000_000)

    private func at(_ milliseconds: Int64) -> Instant { start + .milliseconds(milliseconds) }

    /// Held for a second from the start.
    private func held(longest: Int64? = nil) -> GuardMachine {
        GuardMachine(
            deadline: at(1000), lifetime: .milliseconds(1000),
            longest: longest.map { at($0) } ?? .never)
    }

    @Test func renewedInTime() {
        var machine = held()
        expect(!machine.timeReached(at(300)))
        expect(machine.state == .held)
        expect(machine.renewalSent(at(333)))
        expect(machine.state == .renewing)
        expect(machine.renewalAnswered(until: at(1323), at(340)))
        expect(machine.state == .held)
        expect(machine.deadline == at(1323))
        expect(machine.wake == at(923))
    }

    @Test func atRiskAndSaved() {
        var machine = held()
        expect(machine.renewalSent(at(333)))
        expect(!machine.timeReached(at(599)))
        expect(machine.wake == at(600))
        expect(machine.timeReached(at(600)))
        expect(machine.state == .atRisk)
        expect(!machine.renewalSent(at(700)))
        expect(machine.state == .atRisk)
        expect(machine.renewalAnswered(until: at(1690), at(750)))
        expect(machine.state == .held)
    }

    @Test func timeEndsIt() {
        var machine = held()
        expect(machine.timeReached(at(1000)))
        expect(machine.state == .lost(.expired))
        expect(machine.wake == .never)
    }

    @Test func nothingRevivesIt() {
        var machine = held()
        // The answer was sent in time and comes too late; nobody looked at the clock meanwhile.
        expect(machine.renewalSent(at(900)))
        expect(machine.renewalAnswered(until: at(1890), at(1001)))
        expect(machine.state == .lost(.expired))
        expect(!machine.renewalAnswered(until: at(5000), at(1100)))
        expect(!machine.renewalSent(at(1200)))
        expect(!machine.lossTold(.takenAway))
        expect(machine.state == .lost(.expired))
        expect(machine.releaseAsked(at(1300)) == .isLost(.expired))
    }

    @Test func anAnswerThatIsOlderTakesNothingAway() {
        var machine = held()
        expect(!machine.renewalAnswered(until: at(900), at(10)))
        expect(machine.deadline == at(1000))
    }

    @Test func anAnswerThatLeavesLittleIsARisk() {
        var machine = held()
        expect(machine.renewalAnswered(until: at(1100), at(900)))
        expect(machine.state == .atRisk)
    }

    @Test func lostBecauseSomebodySaysSo() {
        var machine = held()
        expect(machine.lossTold(.takenAway))
        expect(machine.state == .lost(.takenAway))
        expect(!machine.lossTold(.sessionOver))
        expect(machine.state == .lost(.takenAway))
    }

    @Test func releasedOnce() {
        var machine = held()
        expect(machine.releaseAsked(at(10)) == .send)
        expect(machine.state == .released)
        expect(machine.releaseAsked(at(20)) == .isReleased)
        // A renewal that was on its way, or the end of time, changes nothing.
        expect(!machine.renewalAnswered(until: at(2000), at(30)))
        expect(!machine.timeReached(at(5000)))
        expect(machine.state == .released)
    }

    @Test func aReleaseThatComesTooLateSendsNothing() {
        var machine = held()
        expect(machine.releaseAsked(at(1000)) == .isLost(.expired))
        expect(machine.state == .lost(.expired))
    }

    @Test func notLongerThanItMay() {
        var machine = held(longest: 1500)
        expect(machine.renewalSent(at(300)))
        expect(machine.renewalAnswered(until: at(2000), at(310)))
        expect(machine.deadline == at(1500))
        expect(machine.timeReached(at(1500)))
        expect(machine.state == .lost(.heldTooLong))
    }

    /// Whatever the order of events: once it is over, no event changes that, and it is never held past
    /// its deadline.
    @Test(arguments: 0..<64 as Range<UInt64>) func anyOrder(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var machine = held(longest: seed.isMultiple(of: 3) ? 4000 : nil)
        var now = start
        var end: GuardState?
        for _ in 0..<200 {
            now = now + .milliseconds(Int64.random(in: 0...400, using: &generator))
            let promised = machine.deadline
            switch Int.random(in: 0...9, using: &generator) {
            case 0...3: _ = machine.renewalSent(now)
            case 4...7:
                let sent = now + .milliseconds(-Int64.random(in: 0...900, using: &generator))
                _ = machine.renewalAnswered(
                    until: Validity.end(sent: sent, ttl: .milliseconds(1000)), now)
            case 8 where Bool.random(using: &generator): _ = machine.lossTold(.takenAway)
            case 9 where Bool.random(using: &generator): _ = machine.releaseAsked(now)
            default: _ = machine.timeReached(now)
            }
            if let end { expect(machine.state == end) }
            if now >= promised {
                expect(!machine.timeReached(now))
                expect(!machine.state.isHeld)
            }
            if !machine.state.isHeld { end = machine.state }
            expect(machine.deadline >= promised)
        }
    }
}

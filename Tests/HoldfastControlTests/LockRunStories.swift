import HoldfastBase
import HoldfastControl
import Testing

/// Stories of `lock run`: events and times in, actions out. A time to live of 10 s: renewals at 3.33 s,
/// the deadline at 9.898 s, SIGKILL half a second before it, SIGTERM 2.5 s before that.
@Suite struct LockRunStories {
    private static func at(_ milliseconds: Int64) -> Instant {
        .zero + .milliseconds(milliseconds)
    }

    private let ten = LockRunPlan(ttl: .seconds(10))
    private let life = Interval.seconds(10)

    /// A run whose program has been started at 0.
    private func running(_ plan: LockRunPlan) -> LockRun {
        var run = LockRun(plan, now: Self.at(0))
        #expect(run.begin() == [.acquire(waited: .zero)])
        let granted = LockRun.Event.granted(sent: Self.at(0), waited: .zero, life: plan.ttl)
        #expect(run.handle(granted, now: Self.at(1)) == [.start])
        #expect(run.handle(.started, now: Self.at(2)) == [])
        return run
    }

    @Test func theStatusIsTheProgramsAndTheLockIsGivenBack() {
        var run = running(ten)
        #expect(run.handle(.childEnded(.exited(9)), now: Self.at(100)) == [.lookAtGroup])
        #expect(run.handle(.groupGone, now: Self.at(100)) == [.release(isSure: true)])
        #expect(run.outcome == nil)
        #expect(run.handle(.released(true), now: Self.at(101)) == [])
        #expect(run.outcome == .child(.exited(9)) && run.outcome?.status == 9)
    }

    @Test func aSignalThatEndsTheProgramIs128AndItsNumber() {
        var run = running(ten)
        #expect(run.handle(.signalled(2), now: Self.at(50)) == [.signal(2)])
        _ = run.handle(.childEnded(.killed(signal: 2)), now: Self.at(100))
        _ = run.handle(.groupGone, now: Self.at(100))
        _ = run.handle(.released(true), now: Self.at(101))
        #expect(run.outcome?.status == 130)
    }

    @Test func itIsRenewedEveryThirdFromWhenItWasSent() {
        var run = running(ten)
        #expect(run.wakeAt == Instant(nanoseconds: 3_333_333_333))
        #expect(run.handle(.timer, now: Self.at(3334)) == [.renew])
        // Nothing more is sent while it is under way.
        #expect(run.handle(.timer, now: Self.at(3400)) == [])
        #expect(
            run.handle(.renewed(sent: Self.at(3334), life: life), now: Self.at(5000)) == [])
        // From the sending, not from the answer.
        #expect(run.deadline == Self.at(3334 + 9898))
        #expect(run.wakeAt == Self.at(3334) + Interval(nanoseconds: 3_333_333_333))
    }

    @Test func aRenewalThatFailsIsSentAgainUntilItIsTooLate() {
        var run = running(ten)
        #expect(run.handle(.timer, now: Self.at(3334)) == [.renew])
        #expect(run.handle(.renewalFailed(isLost: false), now: Self.at(5000)) == [])
        #expect(run.wakeAt == Self.at(5500))
        #expect(run.handle(.timer, now: Self.at(5500)) == [.renew])
        // Two fifths are left.
        #expect(run.wakeAt == Self.at(9898 - 4000))
        #expect(run.handle(.timer, now: Self.at(5898)) == [.say(.atRisk(left: .seconds(4)))])
        // SIGTERM, early enough.
        #expect(run.wakeAt == Self.at(9898 - 500 - 2500))
        #expect(
            run.handle(.timer, now: Self.at(6898))
                == [
                    .say(.expiring(left: .seconds(3))),
                    .say(.ending(killAfter: .milliseconds(2500))), .signal(15),
                    .proceed,
                ])
        // SIGKILL, before the deadline.
        #expect(run.wakeAt == Self.at(9398))
        #expect(run.handle(.timer, now: Self.at(9398)) == [.say(.killing), .kill])
        #expect(
            run.handle(.childEnded(.killed(signal: 9)), now: Self.at(9399))
                == [.release(isSure: true)])
        #expect(run.handle(.released(false), now: Self.at(9500)) == [.say(.notReleased)])
        #expect(run.outcome == .lost && run.outcome?.status == 4)
    }

    @Test func aRenewalInTimeTakesTheWarningBack() {
        var run = running(ten)
        #expect(
            run.handle(.timer, now: Self.at(5900)) == [
                .renew, .say(.atRisk(left: .milliseconds(3998))),
            ])
        #expect(run.handle(.renewed(sent: Self.at(5900), life: life), now: Self.at(6000)) == [])
        #expect(run.wakeAt < Self.at(9300))
        #expect(run.handle(.childEnded(.exited(0)), now: Self.at(6100)) == [.lookAtGroup])
        #expect(run.handle(.groupGone, now: Self.at(6101)) == [.release(isSure: true)])
    }

    @Test func whatWasTakenAwayEndsTheProgramAtOnce() {
        var run = running(ten)
        _ = run.handle(.timer, now: Self.at(3334))
        #expect(
            run.handle(.renewalFailed(isLost: true), now: Self.at(3400))
                == [
                    .say(.lost), .say(.ending(killAfter: .milliseconds(2500))), .signal(15),
                    .proceed,
                ])
        #expect(run.wakeAt == Self.at(5900))
        // The program ends; what it has started is looked for, and killed when its time is over.
        #expect(run.handle(.childEnded(.exited(0)), now: Self.at(4000)) == [.lookAtGroup])
        #expect(run.handle(.timer, now: Self.at(4050)) == [.lookAtGroup])
        #expect(run.handle(.timer, now: Self.at(5900)) == [.kill, .release(isSure: true)])
        _ = run.handle(.released(true), now: Self.at(5901))
        #expect(run.outcome == .lost)
    }

    @Test func theEndOfTheWholeGroupIsEnough() {
        var run = running(ten)
        _ = run.handle(.renewalFailed(isLost: true), now: Self.at(3400))
        _ = run.handle(.childEnded(.exited(0)), now: Self.at(3500))
        #expect(run.handle(.groupGone, now: Self.at(3501)) == [.release(isSure: true)])
    }

    @Test func theLastMomentIsNeverLaterThanTheDeadline() {
        var run = running(ten)
        // Taken away a moment before the notice: less than killAfter is left.
        let actions = run.handle(.renewalFailed(isLost: true), now: Self.at(9000))
        #expect(actions.contains(.say(.ending(killAfter: .milliseconds(398)))))
        #expect(run.wakeAt == Self.at(9398))
    }

    @Test func aProcessThatSleptPastTheDeadlineKillsAtOnce() {
        var run = running(ten)
        #expect(run.handle(.timer, now: Self.at(20_000)) == [.renew, .say(.expired), .kill])
    }

    @Test func killIsWithoutNotice() {
        var run = running(LockRunPlan(ttl: .seconds(10), onLost: .kill))
        #expect(
            run.handle(.renewalFailed(isLost: true), now: Self.at(3400)) == [.say(.lost), .kill])
    }

    @Test func ignoreLetsTheProgramGoOn() {
        var run = running(LockRunPlan(ttl: .seconds(10), onLost: .ignore))
        #expect(
            run.handle(.renewalFailed(isLost: true), now: Self.at(3400))
                == [.say(.lost), .say(.goesOn)])
        #expect(run.wakeAt == .never)
        _ = run.handle(.childEnded(.exited(7)), now: Self.at(30_000))
        _ = run.handle(.released(true), now: Self.at(30_001))
        #expect(run.outcome?.status == 7)
    }

    /// A lock that is not renewed is held to the end, and until then nothing else is said.
    @Test func ignoreSaysThatItIsLostWhenItIs() {
        var run = running(LockRunPlan(ttl: .seconds(10), onLost: .ignore))
        _ = run.handle(.timer, now: Self.at(3334))
        _ = run.handle(.renewalFailed(isLost: false), now: Self.at(9500))
        #expect(run.wakeAt == Self.at(9898))
        let said = run.handle(.timer, now: Self.at(9898))
        #expect(said == [.say(.expired), .say(.goesOn)])
        _ = run.handle(.childEnded(.exited(0)), now: Self.at(30_000))
        _ = run.handle(.released(true), now: Self.at(30_001))
        #expect(run.outcome == .unlocked(.exited(0)) && run.outcome?.status == 4)
    }

    @Test func theLockIsKeptWhileTheGroupWorksOn() {
        var run = running(ten)
        #expect(run.handle(.childEnded(.exited(9)), now: Self.at(100)) == [.lookAtGroup])
        #expect(run.wakeAt == Self.at(150))
        #expect(run.handle(.timer, now: Self.at(150)) == [.lookAtGroup])
        #expect(run.handle(.timer, now: Self.at(200)) == [.lookAtGroup, .say(.worksOn)])
        // Seldom from now on, and renewed as before.
        #expect(run.handle(.timer, now: Self.at(250)) == [.lookAtGroup])
        #expect(run.wakeAt == Self.at(450))
        #expect(run.handle(.timer, now: Self.at(3334)) == [.renew, .lookAtGroup])
        _ = run.handle(.renewed(sent: Self.at(3334), life: life), now: Self.at(3340))
        #expect(run.deadline == Self.at(3334 + 9898))
        // Ctrl-C is ignored by what a shell leaves behind.
        #expect(
            run.handle(.signalled(2), now: Self.at(3400)) == [.signal(2), .signal(15), .proceed])
        #expect(run.handle(.groupGone, now: Self.at(3500)) == [.release(isSure: true)])
        _ = run.handle(.released(true), now: Self.at(3501))
        #expect(run.outcome == .child(.exited(9)))
    }

    @Test func whatWorksOnIsEndedWhenTheLockIsLost() {
        var run = running(ten)
        _ = run.handle(.childEnded(.exited(0)), now: Self.at(100))
        #expect(
            run.handle(.renewalFailed(isLost: true), now: Self.at(200))
                == [
                    .say(.lost), .say(.ending(killAfter: .milliseconds(2500))), .signal(15),
                    .proceed,
                ])
        #expect(run.handle(.timer, now: Self.at(250)) == [.lookAtGroup])
        #expect(run.handle(.timer, now: Self.at(2700)) == [.kill, .release(isSure: true)])
        _ = run.handle(.released(true), now: Self.at(2701))
        #expect(run.outcome == .lost)
        var killed = running(LockRunPlan(ttl: .seconds(10), onLost: .kill))
        _ = killed.handle(.childEnded(.exited(0)), now: Self.at(100))
        #expect(
            killed.handle(.renewalFailed(isLost: true), now: Self.at(200))
                == [.say(.lost), .kill, .release(isSure: true)])
    }

    @Test func whatIsNotToBeHadIsNotWaitedFor() {
        var run = LockRun(ten, now: Self.at(0))
        #expect(run.handle(.refused, now: Self.at(5)) == [])
        #expect(run.outcome == .notAcquired && run.outcome?.status == 3)
    }

    @Test func anAcquireWithoutAnswerIsSentAgainAndKeepsItsPlace() {
        var run = LockRun(LockRunPlan(ttl: .seconds(10), wait: .seconds(5)), now: Self.at(0))
        let failed = LockRun.Event.acquireFailed(
            mayRetry: true, mayHold: true, status: .unavailable)
        #expect(run.handle(failed, now: Self.at(1000)) == [.say(.retrying)])
        #expect(run.wakeAt == Self.at(1500))
        #expect(
            run.handle(.timer, now: Self.at(1500)) == [.acquire(waited: .milliseconds(1500))])
        #expect(run.handle(failed, now: Self.at(4900)) == [])
        #expect(run.handle(.timer, now: Self.at(5000)) == [.acquire(waited: .seconds(5))])
        // It may be held all the same.
        #expect(run.handle(.refused, now: Self.at(5001)) == [.release(isSure: false)])
        _ = run.handle(.released(true), now: Self.at(5002))
        #expect(run.outcome == .notAcquired)
    }

    /// The answer to the second sending may tell of what the first one took, long before.
    @Test func aGrantThatMayBeOldIsRenewedBeforeTheProgramStarts() {
        var run = LockRun(LockRunPlan(ttl: .seconds(10), wait: .seconds(30)), now: Self.at(0))
        let failed = LockRun.Event.acquireFailed(
            mayRetry: true, mayHold: true, status: .unavailable)
        _ = run.handle(failed, now: Self.at(9000))
        _ = run.handle(.timer, now: Self.at(9500))
        let granted = LockRun.Event.granted(sent: Self.at(9500), waited: .zero, life: life)
        #expect(run.handle(granted, now: Self.at(9600)) == [.renew])
        #expect(run.deadline == nil)
        #expect(run.handle(.renewalFailed(isLost: false), now: Self.at(9700)) == [])
        #expect(run.handle(.timer, now: Self.at(10_200)) == [.renew])
        var lost = run
        #expect(
            lost.handle(.renewalFailed(isLost: true), now: Self.at(10_300))
                == [.say(.lost), .release(isSure: false)])
        let renewed = LockRun.Event.renewed(sent: Self.at(10_200), life: life)
        #expect(run.handle(renewed, now: Self.at(10_300)) == [.start])
        #expect(run.deadline == Self.at(10_200 + 9898))
    }

    @Test func aServerThatIsNotThereLeavesNothingToRelease() {
        var run = LockRun(ten, now: Self.at(0))
        let failed = LockRun.Event.acquireFailed(
            mayRetry: true, mayHold: false, status: .unavailable)
        #expect(run.handle(failed, now: Self.at(10)) == [])
        #expect(run.outcome == .failed(.unavailable) && run.outcome?.status == 5)
    }

    @Test func ctrlCWhileWaitingTakesTheWishBack() {
        var run = LockRun(LockRunPlan(wait: .seconds(60)), now: Self.at(0))
        #expect(run.handle(.signalled(10), now: Self.at(50)) == [])
        #expect(run.handle(.signalled(2), now: Self.at(100)) == [.release(isSure: false)])
        // The grant that was on its way is not taken.
        let granted = LockRun.Event.granted(sent: Self.at(0), waited: .zero, life: life)
        #expect(run.handle(granted, now: Self.at(101)) == [])
        _ = run.handle(.released(true), now: Self.at(102))
        #expect(run.outcome == .interrupted && run.outcome?.status == 130)
    }

    @Test func aSecondCtrlCDoesNotWaitForTheRelease() {
        var run = LockRun(LockRunPlan(wait: .seconds(60)), now: Self.at(0))
        #expect(run.handle(.signalled(2), now: Self.at(100)) == [.release(isSure: false)])
        // One that comes twice, as from timeout(1).
        #expect(run.handle(.signalled(2), now: Self.at(150)) == [])
        #expect(run.handle(.signalled(10), now: Self.at(900)) == [])
        #expect(run.outcome == nil)
        #expect(run.handle(.signalled(2), now: Self.at(901)) == [.say(.notReleased)])
        #expect(run.outcome == .interrupted)
    }

    @Test func aGrantThatCameTooLateIsNotUsed() {
        var run = LockRun(ten, now: Self.at(0))
        let granted = LockRun.Event.granted(sent: Self.at(0), waited: .zero, life: life)
        #expect(
            run.handle(granted, now: Self.at(7000)) == [.say(.expired), .release(isSure: true)])
    }

    @Test func aProgramThatIsNotThereIsAsInAShell() {
        var run = LockRun(ten, now: Self.at(0))
        _ = run.handle(.granted(sent: Self.at(0), waited: .zero, life: life), now: Self.at(1))
        // A signal that came meanwhile has nobody to go to.
        #expect(run.handle(.signalled(15), now: Self.at(2)) == [])
        #expect(
            run.handle(.startFailed(isMissing: true), now: Self.at(3)) == [.release(isSure: true)])
        _ = run.handle(.released(true), now: Self.at(4))
        #expect(run.outcome?.status == 127)
    }

    @Test func aSignalWhileItIsStartedReachesIt() {
        var run = LockRun(ten, now: Self.at(0))
        _ = run.handle(.granted(sent: Self.at(0), waited: .zero, life: life), now: Self.at(1))
        _ = run.handle(.signalled(15), now: Self.at(2))
        #expect(run.handle(.started, now: Self.at(3)) == [.signal(15)])
    }

    /// One that ends at once may do so before it is told that it runs.
    @Test func theEndMayComeBeforeTheStart() {
        var run = LockRun(ten, now: Self.at(0))
        _ = run.handle(.granted(sent: Self.at(0), waited: .zero, life: life), now: Self.at(1))
        _ = run.handle(.signalled(15), now: Self.at(2))
        #expect(
            run.handle(.childEnded(.exited(9)), now: Self.at(3)) == [
                .signal(15), .lookAtGroup,
            ])
        #expect(run.handle(.groupGone, now: Self.at(3)) == [.release(isSure: true)])
        #expect(run.handle(.started, now: Self.at(4)) == [])
        _ = run.handle(.released(true), now: Self.at(5))
        #expect(run.outcome == .child(.exited(9)))
    }

    @Test func aStopMayComeBeforeTheStart() {
        var run = LockRun(ten, now: Self.at(0))
        _ = run.handle(.granted(sent: Self.at(0), waited: .zero, life: life), now: Self.at(1))
        #expect(
            run.handle(.childStopped(isByTerminal: false), now: Self.at(3)) == [.say(.isStopped)])
        #expect(run.handle(.started, now: Self.at(4)) == [])
        #expect(run.handle(.signalled(2), now: Self.at(5)) == [.signal(2), .proceed])
    }

    @Test func aLockLostWhileItIsStartedEndsItAtOnce() {
        var run = LockRun(ten, now: Self.at(0))
        _ = run.handle(.granted(sent: Self.at(0), waited: .zero, life: life), now: Self.at(1))
        _ = run.handle(.renewalFailed(isLost: true), now: Self.at(2))
        #expect(run.handle(.started, now: Self.at(3)) == [.say(.expired), .kill])
    }

    @Test func ctrlZGoesOnAndAReaderBehindStaysStopped() {
        var run = running(ten)
        #expect(
            run.handle(.childStopped(isByTerminal: true), now: Self.at(10))
                == [.say(.cannotStop), .proceed])
        #expect(
            run.handle(.childStopped(isByTerminal: false), now: Self.at(20))
                == [.say(.isStopped)])
    }

    @Test func aStoppedProgramGetsTheTerminalWhenWeDo() {
        var run = running(ten)
        _ = run.handle(.childStopped(isByTerminal: false), now: Self.at(100))
        #expect(run.wakeAt == Self.at(300))
        #expect(run.handle(.timer, now: Self.at(300)) == [.handOver])
        #expect(run.wakeAt == Self.at(500))
        // It was handed over.
        #expect(run.handle(.signalled(18), now: Self.at(301)) == [.signal(18)])
        #expect(run.wakeAt == Instant(nanoseconds: 3_333_333_333))
    }

    @Test func aStoppedProgramHearsOfItsEnd() {
        var run = running(ten)
        _ = run.handle(.childStopped(isByTerminal: false), now: Self.at(100))
        #expect(run.handle(.signalled(10), now: Self.at(110)) == [.signal(10)])
        #expect(run.handle(.signalled(2), now: Self.at(120)) == [.signal(2), .proceed])
        #expect(run.handle(.signalled(2), now: Self.at(130)) == [.signal(2)])
    }

    /// Whatever happens in whatever order: once it is done it is done, and the program is never started
    /// twice, nor the lock kept.
    @Test(arguments: 0..<200)
    func noOrderOfEventsStartsTwiceOrKeepsTheLock(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var run = LockRun(
            LockRunPlan(
                ttl: .seconds(10), wait: .seconds(Int64(seed % 3)),
                onLost: LockRunPlan.OnLost.allCases[Int(seed % 3)]), now: Self.at(0))
        var now = Self.at(0)
        var starts = 0
        var releases = 0
        var hasGrant = false
        var hasEnded = false
        for _ in 0..<200 where run.outcome == nil {
            now = now + .milliseconds(Int64.random(in: 0...700, using: &random))
            let events: [LockRun.Event] = [
                .granted(sent: now, waited: .zero, life: life), .refused,
                .acquireFailed(mayRetry: true, mayHold: true, status: .unavailable), .started,
                .startFailed(isMissing: false), .renewed(sent: now, life: life),
                .renewalFailed(isLost: false), .renewalFailed(isLost: true),
                .childEnded(.exited(0)), .childStopped(isByTerminal: true), .groupGone,
                .released(true), .signalled(15), .timer,
            ]
            let event = events.randomElement(using: &random) ?? .timer
            if event == .childEnded(.exited(0)), starts > 0 { hasEnded = true }
            let actions = run.handle(event, now: now)
            starts += actions.count { $0 == .start }
            releases += actions.count { if case .release = $0 { true } else { false } }
            if actions.contains(.start) { hasGrant = true }
        }
        if hasEnded {
            for event in [LockRun.Event.groupGone, .timer, .released(true)] {
                let actions = run.handle(event, now: now + .seconds(3600))
                releases += actions.count { if case .release = $0 { true } else { false } }
            }
            #expect(run.outcome != nil, "it goes on after its program has ended")
        }
        #expect(starts <= 1 && releases <= 1)
        if run.outcome != nil, hasGrant { #expect(releases == 1) }
    }
}

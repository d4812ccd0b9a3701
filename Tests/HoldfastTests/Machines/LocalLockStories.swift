import HoldfastBase
import Testing

@testable import Holdfast

/// Who holds a lock of this process, in every order of coming and going.
@Suite struct LocalLockStories {
    private let start = Instant(nanoseconds: 1_000_000_000)

    private func at(_ milliseconds: Int64) -> Instant { start + .milliseconds(milliseconds) }

    private func acquire(
        _ machine: inout LocalLockMachine, _ number: UInt64, holder: String = "",
        until deadline: Int64 = 10_000, now: Int64 = 0
    ) -> LocalLockMachine.Answer {
        machine.acquire(number, holder: holder, until: at(deadline), at(now)).answer
    }

    @Test func firstComeFirstServed() {
        var machine = LocalLockMachine(ttl: nil, isReentrant: false)
        expect(acquire(&machine, 1) == .granted(fence: 1))
        expect(acquire(&machine, 2) == .waits)
        expect(acquire(&machine, 3) == .waits)
        expect(acquire(&machine, 4, until: 0) == .refused(.held))
        let (wasHeld, actions) = machine.release(fence: 1, at(1))
        expect(wasHeld && actions == [.grant(waiter: 2, fence: 2)])
        expect(machine.release(fence: 1, at(2)).wasHeld == false)
        expect(machine.release(fence: 2, at(2)).actions == [.grant(waiter: 3, fence: 3)])
        expect(machine.release(fence: 3, at(3)).actions.isEmpty)
        expect(!machine.isHeld && machine.waiting == 0 && machine.wake == .never)
    }

    @Test func waitsEndInTime() {
        var machine = LocalLockMachine(ttl: nil, isReentrant: false)
        expect(acquire(&machine, 1) == .granted(fence: 1))
        expect(acquire(&machine, 2, until: 500) == .waits)
        expect(acquire(&machine, 3, until: 200) == .waits)
        expect(machine.wake == at(200))
        expect(machine.timeReached(at(199)).isEmpty)
        expect(machine.timeReached(at(200)) == [.timeOut(waiter: 3)])
        expect(machine.wake == at(500))
        expect(machine.timeReached(at(600)) == [.timeOut(waiter: 2)])
        expect(machine.isHeld && machine.waiting == 0)
    }

    @Test func holdsEndInTime() {
        var machine = LocalLockMachine(ttl: .milliseconds(100), isReentrant: false)
        expect(acquire(&machine, 1) == .granted(fence: 1))
        expect(machine.isHeld(fence: 1, at(99)) && !machine.isHeld(fence: 1, at(100)))
        expect(acquire(&machine, 2) == .waits)
        expect(machine.wake == at(100))
        expect(machine.timeReached(at(100)) == [.expire(fence: 1), .grant(waiter: 2, fence: 2)])
        expect(machine.release(fence: 1, at(150)).wasHeld == false)
        // Whoever comes late finds it free.
        let late = machine.acquire(3, holder: "", until: at(900), at(300))
        expect(late.answer == .granted(fence: 3) && late.actions == [.expire(fence: 2)])
    }

    @Test func enteredAgainByTheSame() {
        var machine = LocalLockMachine(ttl: nil, isReentrant: true)
        expect(acquire(&machine, 1, holder: "a") == .granted(fence: 1))
        expect(acquire(&machine, 2, holder: "a") == .granted(fence: 1))
        expect(acquire(&machine, 3, holder: "b") == .waits)
        expect(machine.release(fence: 1, at(1)).actions.isEmpty)
        expect(machine.isHeld)
        expect(machine.release(fence: 1, at(1)).actions == [.grant(waiter: 3, fence: 2)])
        // Nobody is not the same as nobody.
        var other = LocalLockMachine(ttl: nil, isReentrant: true)
        expect(acquire(&other, 1) == .granted(fence: 1))
        expect(acquire(&other, 2) == .waits)
    }

    @Test func whoGivesUpLeavesNoTrace() {
        var machine = LocalLockMachine(ttl: nil, isReentrant: false)
        expect(acquire(&machine, 1) == .granted(fence: 1))
        expect(acquire(&machine, 2) == .waits)
        expect(acquire(&machine, 3) == .waits)
        expect(machine.cancel(2))
        expect(!machine.cancel(2) && !machine.cancel(1))
        expect(machine.release(fence: 1, at(1)).actions == [.grant(waiter: 3, fence: 2)])
        expect(!machine.cancel(3))
    }

    @Test func notMoreThanMayWait() {
        var machine = LocalLockMachine(ttl: nil, isReentrant: false)
        expect(acquire(&machine, 0) == .granted(fence: 1))
        for number in 1...UInt64(ClientLimits.localWaitersMax) {
            guard acquire(&machine, number) == .waits else {
                Issue.record("\(number) was refused")
                return
            }
        }
        expect(acquire(&machine, .max) == .full)
    }

    /// Against a list that is too simple to be wrong.
    @Test(arguments: 0..<32 as Range<UInt64>) func anyOrder(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var machine = LocalLockMachine(ttl: nil, isReentrant: false)
        var holder: (number: UInt64, fence: UInt64)?
        var queue: [(number: UInt64, deadline: Int64)] = []
        var fence: UInt64 = 0
        var now: Int64 = 0
        func follow(_ actions: [LocalLockMachine.Action]) {
            for action in actions {
                switch action {
                case .grant(let waiter, let granted):
                    expect(holder == nil && queue.first?.number == waiter && granted == fence + 1)
                    fence = granted
                    holder = (waiter, granted)
                    queue.removeFirst()
                case .timeOut(let waiter):
                    expect(queue.first { $0.number == waiter }?.deadline ?? .max <= now)
                    queue.removeAll { $0.number == waiter }
                case .expire: Issue.record("nothing expires")
                }
            }
        }
        for number in 1...400 as ClosedRange<UInt64> {
            now += Int64.random(in: 0...20, using: &generator)
            switch Int.random(in: 0...9, using: &generator) {
            case 0...4:
                let deadline = now + Int64.random(in: 0...300, using: &generator)
                let (answer, actions) = machine.acquire(
                    number, holder: "", until: at(deadline), at(now))
                follow(actions)
                switch answer {
                case .granted(let granted):
                    expect(holder == nil && queue.isEmpty && granted == fence + 1)
                    fence = granted
                    holder = (number, granted)
                case .waits: queue.append((number, deadline))
                case .refused: expect(deadline <= now && holder != nil)
                case .full: Issue.record("it is not full")
                }
            case 5...7:
                guard let current = holder else { continue }
                holder = nil
                let expired = queue.filter { $0.deadline <= now }.map(\.number)
                queue.removeAll { expired.contains($0.number) }
                let (wasHeld, actions) = machine.release(fence: current.fence, at(now))
                expect(wasHeld)
                follow(actions.filter { if case .timeOut = $0 { false } else { true } })
            case 8:
                guard let waiter = queue.randomElement(using: &generator) else { continue }
                expect(machine.cancel(waiter.number))
                queue.removeAll { $0.number == waiter.number }
            default: follow(machine.timeReached(at(now)))
            }
            expect(machine.waiting == queue.count && machine.isHeld == (holder != nil))
        }
    }
}

import HoldfastBase
import HoldfastRuntime
import Testing

/// The wheel against a list of all timers.
@Suite struct TimerWheelTests {
    static let tick: Int64 = 1_000_000
    static let hour: Int64 = 3_600_000 * tick

    /// A wheel, the truth about it, and time.
    struct World {
        var wheel: TimerWheel
        var model: [Int: Instant] = [:]
        var now: Instant
        var fired = 0

        init(start: Int64) {
            now = Instant(nanoseconds: start)
            wheel = TimerWheel(now: now)
        }

        mutating func set(_ id: Int, _ instant: Instant) {
            wheel.set(id, at: instant)
            // What is set in the past is due at once.
            model[id] = instant == .never ? nil : max(instant, now)
        }

        mutating func clear(_ id: Int) {
            wheel.clear(id)
            model[id] = nil
        }

        /// Every timer that fires was due, and none is more than a tick late.
        mutating func advance(by interval: Int64) {
            now = Instant(nanoseconds: now.nanoseconds + interval)
            var due: [Int] = []
            wheel.advance(to: now, due: &due)
            #expect(Set(due).count == due.count)
            for id in due {
                let instant = model.removeValue(forKey: id)
                #expect(instant != nil, "\(id) was not set")
                #expect(instant.map { $0 <= now } == true, "\(id) fired early")
            }
            fired += due.count
            let tooLate = model.filter { $0.value + .milliseconds(1) <= now }
            #expect(tooLate.isEmpty, "not fired: \(tooLate) at \(now)")
            check()
        }

        func check() {
            #expect(wheel.count == model.count)
            guard let first = model.values.min() else {
                #expect(wheel.nextDue == .never)
                return
            }
            // One tick for the rounding up; what is in the past is due with the next tick.
            #expect(wheel.nextDue <= max(first, now) + .milliseconds(1))
        }
    }

    static func span(_ random: inout SeededGenerator, _ most: Int) -> Int64 {
        let exponent = Int.random(in: 0...most, using: &random)
        return Int64.random(in: 0...(1 << Int64(exponent)), using: &random)
    }

    @Test(arguments: 1...16 as ClosedRange<UInt64>) func itAgreesWithAListOfTimers(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var world = World(
            start: seed % 4 == 0 ? 0 : Int64.random(in: 0...(1 << 60), using: &random))
        // From microseconds to days, and now and then years.
        let most = [24, 34, 44, 56][Int(seed % 4)]
        for _ in 0..<3000 {
            let id = Int.random(in: 0..<60, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0...4:
                let away = Self.span(&random, most)
                world.set(id, world.now + Interval(nanoseconds: away))
            case 5:
                let ago = Self.span(&random, 30)
                world.set(id, Instant(nanoseconds: max(0, world.now.nanoseconds - ago)))
            case 6: world.clear(id)
            default: world.advance(by: Self.span(&random, most))
            }
        }
        #expect(world.fired > 100)
        while let last = world.model.values.max() {
            world.advance(by: max(Self.tick, last.nanoseconds - world.now.nanoseconds + Self.tick))
        }
        #expect(world.wheel.count == 0)
    }

    /// As a loop does it: sleep until `nextDue`, and no timer is late.
    @Test(arguments: 1...8 as ClosedRange<UInt64>) func sleepingUntilNextDueIsEnough(_ seed: UInt64)
    {
        var random = SeededGenerator(seed: seed)
        var world = World(start: Int64.random(in: 0...Self.hour, using: &random))
        for id in 0..<200 {
            world.set(id, world.now + Interval(nanoseconds: Self.span(&random, 50)))
        }
        var rounds = 0
        while !world.model.isEmpty, rounds < 5000 {
            rounds += 1
            world.advance(by: max(0, world.wheel.nextDue.nanoseconds - world.now.nanoseconds))
        }
        #expect(world.model.isEmpty)
        #expect(rounds < 200 * 7, "a few stops for each timer, not one for each tick")
    }

    @Test(arguments: [1, 63, 64, 65, 4095, 4096, 4097, 262_143, 262_144, 262_145] as [Int64])
    func theBoundariesOfLevelsAreExact(_ ticks: Int64) {
        for start in [0, 1, 63, 64, 4095, 262_143] as [Int64] {
            var world = World(start: start * Self.tick)
            world.set(0, world.now + Interval(nanoseconds: ticks * Self.tick))
            world.advance(by: ticks * Self.tick - 1)
            #expect(world.fired == 0)
            world.advance(by: 1)
            #expect(world.fired == 1)
        }
    }

    @Test func aTimerIsNeverEarlyByAFractionOfATick() {
        var world = World(start: 0)
        world.set(0, Instant(nanoseconds: 5 * Self.tick + 1))
        world.advance(by: 5 * Self.tick + Self.tick - 1)
        #expect(world.fired == 0)
        world.advance(by: 1)
        #expect(world.fired == 1)
    }

    @Test func yearsAwayIsNotForgotten() {
        var world = World(start: 12345)
        let years = Interval(nanoseconds: 10 * 365 * 24 * Self.hour)
        world.set(0, world.now + years)
        world.set(1, Instant(nanoseconds: .max - 1))
        world.advance(by: years.nanoseconds - Self.tick)
        #expect(world.fired == 0)
        world.advance(by: 2 * Self.tick)
        #expect(world.fired == 1)
    }

    @Test func setAgainWhileFiringIsTheNextTick() {
        var world = World(start: 0)
        world.set(0, Instant(nanoseconds: Self.tick))
        for round in 1...100 {
            world.advance(by: Self.tick)
            #expect(world.fired == round)
            world.set(0, world.now)
        }
    }

    @Test func neverAndUnknownAreNothing() {
        var world = World(start: 0)
        world.set(3, .never)
        world.clear(99)
        world.wheel.clear(-1)
        world.wheel.set(-1, at: .zero)
        world.check()
        world.set(3, Instant(nanoseconds: Self.hour))
        world.set(3, .never)
        world.check()
    }

    @Test func aLongSleepIsOneStep() {
        var world = World(start: 0)
        world.advance(by: 300 * 24 * Self.hour)
        world.set(0, world.now + .milliseconds(5))
        world.advance(by: 5 * Self.tick)
        #expect(world.fired == 1)
    }
}

import HoldfastBase
import HoldfastWire
import Testing

@testable import HoldfastCalls
@testable import HoldfastRPC

/// When a call is made again, and when not.
@Suite struct RetryPolicyTests {
    static func error(
        _ code: RPCCode, after delay: Duration? = nil, isNotProcessed: Bool = false
    ) -> RPCError {
        RPCError(code, "", retryAfter: delay, isNotProcessed: isNotProcessed)
    }

    static func pause(
        _ policy: inout RetryPolicy, _ error: RPCError, attempt: Int = 1,
        remaining: Interval = .seconds(60), random: Double = 0.5
    ) -> Interval? {
        policy.pause(after: error, attempt: attempt, remaining: remaining, random: random)
    }

    @Test(arguments: RPCCode.allCases.filter { $0 != .unavailable })
    func onlyUnavailableIsRepeatedByItself(_ code: RPCCode) {
        var policy = RetryPolicy()
        #expect(Self.pause(&policy, Self.error(code)) == nil)
    }

    @Test(arguments: RPCCode.allCases) func whatWasNotProcessedIsRepeatedAtOnce(_ code: RPCCode) {
        var policy = RetryPolicy()
        let error = Self.error(code, isNotProcessed: true)
        #expect(Self.pause(&policy, error) == .zero)
        #expect(Self.pause(&policy, error, attempt: 2) == .milliseconds(2))
        #expect(Self.pause(&policy, error, attempt: 5) == nil)
    }

    @Test func pausesGrowAndVary() {
        var policy = RetryPolicy()
        let error = Self.error(.unavailable)
        #expect(Self.pause(&policy, error, attempt: 1) == .milliseconds(100))
        #expect(Self.pause(&policy, error, attempt: 2) == .milliseconds(160))
        #expect(Self.pause(&policy, error, attempt: 3) == .milliseconds(256))
        #expect(Self.pause(&policy, error, attempt: 1, random: 0) == .milliseconds(80))
        #expect(Self.pause(&policy, error, attempt: 5) == nil)
    }

    @Test func theServersDelayHolds() {
        var policy = RetryPolicy()
        let later = Self.error(.resourceExhausted, after: .seconds(2))
        #expect(Self.pause(&policy, later) == .seconds(2))
        #expect(Self.pause(&policy, later, remaining: .seconds(2)) == nil)
        let never = Self.error(.unavailable, after: .seconds(-1), isNotProcessed: true)
        #expect(Self.pause(&policy, never) == nil)
    }

    @Test func noTimeIsNoRepeat() {
        var policy = RetryPolicy()
        let error = Self.error(.unavailable)
        #expect(Self.pause(&policy, error, remaining: .milliseconds(50)) == nil)
        let free = Self.error(.aborted, isNotProcessed: true)
        #expect(Self.pause(&policy, free, remaining: .zero) == nil)
        #expect(Self.pause(&policy, free, attempt: 4, remaining: .milliseconds(3)) == nil)
    }

    @Test func theBudgetIsSpentAndRefilled() {
        var policy = RetryPolicy()
        let error = Self.error(.unavailable)
        for _ in 0..<10 { #expect(Self.pause(&policy, error) != nil) }
        #expect(Self.pause(&policy, error) == nil)
        for _ in 0..<9 { policy.succeeded() }
        #expect(Self.pause(&policy, error) == nil)
        for _ in 0..<2 { policy.succeeded() }
        #expect(Self.pause(&policy, error) != nil)
        for _ in 0..<1000 { policy.succeeded() }
        for _ in 0..<10 { #expect(Self.pause(&policy, error) != nil) }
        #expect(Self.pause(&policy, error) == nil)
    }

    @Test func aRepeatThatCannotBeMadeCostsNothing() {
        var policy = RetryPolicy()
        let error = Self.error(.unavailable)
        for _ in 0..<50 { _ = Self.pause(&policy, error, remaining: .milliseconds(1)) }
        #expect(Self.pause(&policy, error) != nil)
    }
}

@Suite struct BackOffTests {
    @Test func pausesGrowToTheMaximumAndNotAbove() {
        let maximum = Interval.seconds(5)
        var last = Interval.zero
        for failures in 1...200 {
            let pause = BackOff.pause(failures: failures, maximum: maximum, random: 0)
            #expect(pause >= last)
            last = pause
            for random in [0.0, 0.5, 0.999_999] {
                let pause = BackOff.pause(failures: failures, maximum: maximum, random: random)
                #expect(pause <= maximum)
                #expect(pause >= .milliseconds(80))
            }
        }
        #expect(last == .seconds(4))
        #expect(BackOff.pause(failures: .max, maximum: .max, random: 0.5) > .seconds(3600))
        #expect(BackOff.pause(failures: 0, maximum: .seconds(1), random: 0.5) == .milliseconds(100))
    }
}

/// Which endpoint is next.
@Suite struct DialerTests {
    static let names = (1...4).map { Endpoint(host: "h\($0)", port: 1) }

    static func dialer(_ count: Int, seed: UInt64 = 1) -> Dialer {
        var random = SeededGenerator(seed: seed)
        return Dialer(
            endpoints: Array(names.prefix(count)), pauseMax: .seconds(5), using: &random)
    }

    static func endpoint(_ step: Dialer.Step) -> Endpoint? {
        guard case .dial(let endpoint) = step else { return nil }
        return endpoint
    }

    @Test func clientsSpreadOverTheEndpoints() {
        let firsts = (1...50 as ClosedRange<UInt64>).map { seed in
            Self.endpoint(Self.dialer(4, seed: seed).next(now: .zero))
        }
        #expect(Set(firsts).count == 4)
    }

    @Test func theNextIsTriedAtOnceUntilAllHaveFailed() {
        var dialer = Self.dialer(3)
        var tried: [Endpoint?] = []
        for _ in 0..<3 {
            tried.append(Self.endpoint(dialer.next(now: .zero)))
            dialer.failed(now: .zero, random: 0.5)
        }
        #expect(Set(tried).count == 3)
        let until = Instant.zero + .milliseconds(100)
        #expect(dialer.next(now: .zero) == .pause(until: until))
        #expect(Self.endpoint(dialer.next(now: until)) == tried[0])
        for _ in 0..<3 { dialer.failed(now: until, random: 0.5) }
        #expect(dialer.next(now: until) == .pause(until: until + .milliseconds(160)))
    }

    @Test func successForgets() {
        var dialer = Self.dialer(1)
        for _ in 0..<10 { dialer.failed(now: .zero, random: 0.5) }
        dialer.succeeded()
        #expect(Self.endpoint(dialer.next(now: .zero)) == Self.names[0])
        dialer.failed(now: .zero, random: 0.5)
        #expect(dialer.next(now: .zero) == .pause(until: .zero + .milliseconds(100)))
    }

    @Test func aServerThatLeavesIsNotTheNextOne() {
        var dialer = Self.dialer(2)
        let first = Self.endpoint(dialer.next(now: .zero))
        dialer.leave()
        #expect(Self.endpoint(dialer.next(now: .zero)) != first)
        dialer.leave()
        #expect(Self.endpoint(dialer.next(now: .zero)) == first)
    }
}

/// Names of methods against a dictionary.
@Suite struct MethodTableTests {
    static func find(_ table: borrowing MethodTable, _ name: String) -> Int? {
        unsafe Array(name.utf8).withUnsafeBytes { bytes in unsafe table.find(bytes) }
    }

    static func table(_ names: [String]) -> MethodTable {
        MethodTable(names.map { MethodEntry(path: $0, kind: .unary, work: .plain { _ in }) })
    }

    @Test func everyMethodIsFoundAndNothingElse() {
        // Of equal length and with equal ends, so that all of them meet in one place.
        var names = (0..<40).map { "holdfast.v1.S\(10 + $0)Service/SameEnding" }
        names += ["", "a", "ab", "abcdefg", "abcdefgh", "abcdefghi", "ö/ü"]
        let table = Self.table(names)
        for (index, name) in names.enumerated() {
            let place = Self.find(table, name)
            #expect(place == index)
            let longer = Self.find(table, name + "x")
            #expect(longer == names.firstIndex(of: name + "x"))
        }
        let other = Self.find(table, "holdfast.v1.S99Service/SameEnding")
        #expect(other == nil)
    }

    @Test func noMethodsAreNoMatch() {
        let table = Self.table([])
        let found = Self.find(table, "any")
        #expect(found == nil)
    }
}

import HoldfastBase
import HoldfastCoordination
import HoldfastSimulation
import Testing

@Suite("Histories of keys")
struct KeyCheckTests {
    private func report(_ calls: [KeyCall], slack: Interval? = .zero) -> CheckReport {
        var check = KeyCheck(clockSlack: slack)
        check.run(calls)
        #expect(check.undecided == 0)
        return check.report
    }

    private func call(
        _ number: UInt64, _ kind: KeyCall.Kind, _ times: ClosedRange<Int64>,
        _ told: KeyCall.Told, if condition: KeyChange.Condition = .none
    ) -> KeyCall {
        var call = KeyCall(
            number: number, client: 1, key: "k", kind: kind, condition: condition,
            called: Story.ms(times.lowerBound))
        call.told = told
        if told != .unknown { call.returned = Story.ms(times.upperBound) }
        return call
    }

    private func put(
        _ number: UInt64, _ times: ClosedRange<Int64>, _ version: UInt64?
    ) -> KeyCall {
        call(
            number, .put(ttlMilliseconds: 0), times,
            version.map { .applied(version: $0) } ?? .unknown)
    }

    private func read(
        _ number: UInt64, _ times: ClosedRange<Int64>, _ version: UInt64?, by writer: UInt64 = 0
    ) -> KeyCall {
        call(
            number, .read, times,
            .value(version.map { KeySight(version: $0, writer: writer) }))
    }

    @Test("A key that is right is never blamed", arguments: [0, 10, 20])
    func right(lost: Int) {
        for seed in 0..<150 as Range<UInt64> {
            let history = ReferenceKey(seed: seed, count: 250, lost: lost)
            let report = report(history.calls)
            #expect(report.isClean && report.examined == 250, "seed \(seed): \(report)")
        }
    }

    @Test("One answer that is wrong is found", arguments: KeyMutation.allCases)
    func wrong(mutation: KeyMutation) {
        var changed = 0
        var found = 0
        for seed in 0..<60 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let calls = ReferenceKey(seed: seed, count: 200, lost: 2).calls
            guard let mutated = mutation.applied(to: calls, &random) else { continue }
            changed += 1
            var check = KeyCheck()
            check.run(mutated)
            if !check.report.isClean { found += 1 }
        }
        #expect(changed > 25, "hardly any history has a place for it")
        // What somebody whose answer was lost may have done hides a few.
        #expect(found * 10 >= changed * 9, "\(found) of \(changed)")
    }

    @Test("What was acknowledged must be seen, what nobody knows of may be")
    func lostWrite() {
        let puts = [put(1, 0...10, 5), put(2, 20...30, 6)]
        #expect(report(puts + [read(3, 40...50, 6, by: 2)]).isClean)
        #expect(!report(puts + [read(3, 40...50, 5, by: 1)]).isClean)
        #expect(!report(puts + [read(3, 40...50, nil)]).isClean)
        #expect(report(puts + [read(3, 25...50, 5, by: 1)]).isClean)
        let open = [put(1, 0...10, 5), put(2, 20...30, nil)]
        #expect(report(open + [read(3, 40...50, 5, by: 1), read(4, 60...70, 6, by: 2)]).isClean)
        #expect(!report(open + [read(3, 40...50, 6, by: 2), read(4, 60...70, 5, by: 1)]).isClean)
        // Before it was asked for, it is not there.
        #expect(!report(open + [read(3, 12...15, 6, by: 2)]).isClean)
    }

    @Test("Versions follow one another, and begin anew above all of a key that is gone")
    func versions() {
        let gone = call(2, .delete, 20...30, .applied(version: 6))
        #expect(report([put(1, 0...10, 5), gone, put(3, 40...50, 7)]).isClean)
        #expect(report([put(1, 0...10, 5), gone, put(3, 40...50, 70)]).isClean)
        #expect(!report([put(1, 0...10, 5), gone, put(3, 40...50, 2)]).isClean)
        #expect(!report([put(1, 0...10, 5), put(3, 40...50, 7)]).isClean)
        #expect(report([put(1, 0...10, 5), put(2, 0...10, nil), put(3, 40...50, 7)]).isClean)
        #expect(!report([put(1, 0...10, 5), put(2, 0...10, 5)]).isClean)
        #expect(!report([put(1, 0...10, 6), put(2, 20...30, 5)]).isClean)
    }

    @Test("A change is made once, and what was refused is not made")
    func once() {
        let sight = KeySight(version: 5, writer: 1)
        let other = put(2, 20...30, 6)
        #expect(!report([put(1, 0...10, 5), other, read(3, 40...50, 7, by: 1)]).isClean)
        let refused = call(3, .put(ttlMilliseconds: 0), 12...15, .refused)
        #expect(!report([put(1, 0...10, 5), refused, read(4, 40...50, 6, by: 3)]).isClean)
        let mismatch = call(
            3, .put(ttlMilliseconds: 0), 12...15, .mismatch(sight), if: .version(4))
        #expect(report([put(1, 0...10, 5), mismatch]).isClean)
        #expect(!report([put(1, 0...10, 5), mismatch, read(4, 40...50, 6, by: 3)]).isClean)
        // An earlier sending of it may be on its way.
        var again = mismatch
        again.wasUncertain = true
        again.calledLast = Story.ms(13)
        let gone = call(5, .delete, 16...20, .applied(version: 6))
        let absent = call(3, .put(ttlMilliseconds: 0), 12...15, .mismatch(sight), if: .absent)
        var absentAgain = absent
        absentAgain.wasUncertain = true
        let late = read(4, 40...50, 7, by: 3)
        #expect(report([put(1, 0...10, 5), absentAgain, gone, late]).isClean)
        #expect(!report([put(1, 0...10, 5), absent, gone, late]).isClean)
    }

    @Test("A value lasts as long as it was to, give or take what clocks differ by")
    func timesToLive() {
        let put = call(1, .put(ttlMilliseconds: 100), 0...10, .applied(version: 5))
        #expect(report([put, read(2, 20...30, nil)]).found == 1)
        #expect(report([put, read(2, 20...30, nil)], slack: .milliseconds(80)).isClean)
        #expect(report([put, read(2, 20...30, nil)], slack: nil).isClean)
        #expect(report([put, read(2, 105...115, nil)]).isClean)
        #expect(report([put, read(2, 105...115, 5, by: 1)]).isClean)
        #expect(report([put, read(2, 120...130, 5, by: 1)]).found == 1)
        let next = call(3, .put(ttlMilliseconds: 0), 140...150, .applied(version: 6), if: .absent)
        #expect(report([put, next]).isClean)
        // A server deleted it meanwhile, which made a version.
        let later = call(3, .put(ttlMilliseconds: 0), 140...150, .applied(version: 7))
        #expect(report([put, later]).isClean)
        let soon = call(3, .put(ttlMilliseconds: 0), 40...50, .applied(version: 6), if: .absent)
        #expect(!report([put, soon]).isClean)
    }
}

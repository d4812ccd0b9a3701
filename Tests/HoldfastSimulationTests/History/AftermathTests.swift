import HoldfastBase
import HoldfastSimulation
import Testing

/// What is looked at when a run is over.
@Suite("Aftermath: liveness, leaks, the fenced resource, fairness")
struct AftermathTests {
    private func liveness(_ story: Story, locks: [String]? = nil) -> CheckReport {
        LivenessCheck.run(
            story.index, healed: Story.ms(100), bound: .milliseconds(500), locks: locks)
    }

    @Test("A lock that is granted in time is alive")
    func alive() {
        var story = Story()
        story.add(.acquire, 110...120, .notHeld(by: 1))
        story.granted(2, 150...600, until: 700)
        #expect(liveness(story).isClean)
        #expect(liveness(story).examined == 1)
    }

    @Test("A lock that is refused, granted late, granted too early or never tried is found")
    func dead() throws {
        var story = Story()
        story.granted(1, 0...10, until: 50)
        #expect(liveness(story).violations.first?.message.contains("nobody tried") == true)
        story.add(.acquire, 110...120, .notHeld(by: 1))
        story.add(.acquire, 550...560, .notHeld(by: 1))
        story.granted(2, 590...601, until: 700)
        story.add(.acquire, 602...610, .notHeld(by: 1))
        let violation = try #require(liveness(story).violations.first)
        #expect(violation.evidence.first?.id == 1, "the grant that stands in the way")
        #expect(violation.description.contains("in 4 tries"))
        #expect(liveness(story, locks: ["a", "b"]).found == 2)
    }

    @Test("What serves nobody any more is a leak; what will go in time is none")
    func leaks() {
        let right = [
            ResidualFact(.node(0), .gate, "gate"), ResidualFact(.node(0), .changeLog, "log"),
            ResidualFact(.node(1), .tombstone, "r1", expiresIn: .seconds(30)),
            ResidualFact(.node(1), .freeLock, "a", expiresIn: .seconds(120)),
        ]
        #expect(LeakCheck.run(right, memoryMax: .seconds(120)).isClean)
        #expect(LeakCheck.run(right, memoryMax: .seconds(60)).found == 1)
        for kind in [
            ResidualFact.Kind.holder, .waiter, .session, .watch, .call, .timer, .connection, .other,
            .tombstone, .freeLock,
        ] {
            let fact = ResidualFact(.server(1), kind, "x")
            let report = LeakCheck.run([fact], memoryMax: .seconds(1))
            #expect(report.found == 1)
            #expect(report.violations.first?.description.contains("server 1") == true)
        }
        let many = (0..<1000).map { ResidualFact(.client(7), .timer, "t\($0)") }
        let report = LeakCheck.run(many, memoryMax: .zero)
        #expect(report.found == 1, "told once for each place and kind")
        #expect(report.violations.first?.message.hasPrefix("1000 timer: still there: t0, ") == true)
    }

    private func entry(_ fence: UInt64, _ read: Int64, isAccepted: Bool = true) -> ResourceEntry {
        ResourceEntry(
            resource: "r", client: 1, fence: fence, at: .zero, isAccepted: isAccepted, read: read,
            written: read + 1)
    }

    @Test("A resource that refuses old fences loses nothing")
    func resource() {
        let log = [entry(1, 0), entry(1, 1), entry(5, 2), entry(1, 2, isAccepted: false)]
        #expect(ResourceCheck.run(log).isClean)
        #expect(ResourceCheck.run(log).examined == 4)
    }

    @Test("An old fence, a lost update and a wrong refusal are found")
    func brokenResource() {
        #expect(ResourceCheck.run([entry(5, 0), entry(1, 1)]).found == 1)
        #expect(ResourceCheck.run([entry(5, 0), entry(6, 0)]).found == 1)
        #expect(ResourceCheck.run([entry(5, 0), entry(6, 1, isAccepted: false)]).found == 1)
        #expect(ResourceCheck.run([entry(5, 0), entry(5, 1, isAccepted: false)]).found == 1)
        #expect(ResourceCheck.run([entry(5, 0), entry(1, 0)]).found == 2)
    }

    @Test("Fairness counts grants, their spread, overtakes and the longest wait")
    func fairness() {
        var story = Story()
        for round in 0..<4 as Range<Int64> {
            for client in 1...3 as ClosedRange<UInt32> {
                let start = round * 300 + Int64(client) * 100
                let grant = HistoryGrant(
                    id: UInt64(start), fence: UInt64(start), strength: 2,
                    deadline: Story.ms(start + 20))
                story.add(.acquire, start...(start + 10), .granted(grant), client: client)
            }
        }
        var fairness = WaiterFairness(story.index, lock: "a")
        #expect(fairness.grants == [1: 4, 2: 4, 3: 4])
        #expect(fairness.largestDeviation == 0)
        #expect(fairness.overtakes == 0)
        #expect(fairness.longestWait == .milliseconds(10))

        story.add(.acquire, 2000...2500, .notHeld(by: 1), client: 4)
        let grant = HistoryGrant(id: 9000, fence: 9000, strength: 2, deadline: Story.ms(9000))
        story.add(.acquire, 2000...3000, .granted(grant), client: 1)
        story.add(.acquire, 2100...2200, .granted(grant), client: 1)
        fairness = WaiterFairness(story.index)
        #expect(fairness.grants[4] == 0)
        #expect(fairness.mean == 3.5)
        #expect(fairness.largestDeviation == 1)
        #expect(fairness.overtakes == 1)
        #expect(fairness.longestWait == .seconds(1))
        #expect(WaiterFairness(story.index, until: Story.ms(1)).largestDeviation == 0)
    }
}

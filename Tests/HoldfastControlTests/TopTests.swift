import HoldfastBase
import HoldfastControl
import HoldfastWire
import Testing

@Suite struct TopTests {
    private let plain = Paint(isColored: false)

    private func sample(
        at seconds: Int64, calls: UInt64, locks: Int = 3, isCut: Bool = false
    ) -> TopPicture.Sample {
        let infos = (0..<locks).map { index in
            LockInfo(
                name: "orders/\(index)/with/a/name/that/is/longer/than/most",
                holders: [
                    LockHolder(
                        mode: .exclusive, metadata: Array("worker \(index) \u{1B}[2J".utf8),
                        remaining: .remainingMs(1500), strength: 2)
                ], waiting: UInt32(index % 7))
        }
        let nodes = (0..<3).map { index in
            NodeInfo(
                node: UInt32(index), address: "redis-\(index).cluster.example.org:6379",
                state: index == 2 ? .down : .voting,
                reason: index == 2 ? "cannot connect: connection refused" : "", durable: true,
                commandsTotal: calls * 3)
        }
        return TopPicture.Sample(
            at: .zero + .seconds(seconds),
            server: GetServerInfoResponse(
                version: "1.2.3", nodeId: "server-1", incarnation: [1], uptimeMs: 61_000,
                connections: 12, activeStreams: 3, parkedStreams: 40, callsTotal: calls,
                residentBytes: 20_000_000),
            nodes: ListNodesResponse(nodes: nodes, quorum: 2, hasQuorum: true), locks: infos,
            isCut: isCut)
    }

    @Test(arguments: [(80, 24), (80, 12), (132, 50), (40, 10), (20, 4)])
    func itFitsTheScreen(columns: Int, rows: Int) {
        var picture = TopPicture(endpoint: "a.example.org:7420")
        picture.take(sample(at: 1, calls: 100, locks: 300))
        picture.take(sample(at: 2, calls: 350, locks: 300, isCut: true))
        let lines = picture.lines(columns: columns, rows: rows, paint: plain)
        #expect(lines.count <= rows)
        if columns >= 80 {
            #expect(lines.allSatisfy { $0.count <= columns }, "\(lines)")
            #expect(lines[1].contains("locks at least 300  waiting"))
            #expect(
                lines.last?.contains("more, and those that were not asked for   q quits") == true)
            #expect(lines[2].contains("calls 250/s  node commands 2250/s"))
            // What a holder says of itself is harmless.
            #expect(!lines.joined().contains("\u{1B}"))
        }
    }

    @Test func theMostWaitedForComeFirst() {
        var picture = TopPicture(endpoint: "h:1")
        picture.take(sample(at: 1, calls: 1, locks: 7))
        func firstLock() -> Substring {
            let lines = picture.lines(columns: 160, rows: 30, paint: plain)
            let title = lines.firstIndex { $0.hasPrefix("LOCK") } ?? 0
            return lines[title + 1].prefix(8)
        }
        #expect(firstLock() == "orders/6")
        let goesOn = picture.press(.byName)
        #expect(goesOn)
        #expect(firstLock() == "orders/0")
        let isGoingOn = picture.press(.pause)
        #expect(isGoingOn && picture.isPaused)
        let isOver = !picture.press(.quit)
        #expect(isOver)
    }

    @Test func aServerThatDoesNotAnswerIsSaid() {
        var picture = TopPicture(endpoint: "h:1")
        #expect(picture.lines(columns: 80, rows: 24, paint: plain) == ["waiting for h:1"])
        picture.take(sample(at: 1, calls: 1))
        picture.failed("UNAVAILABLE: gone")
        #expect(
            picture.lines(columns: 80, rows: 24, paint: plain).contains("UNAVAILABLE: gone"))
    }

    @Test func keys() {
        let bytes = Array("x\u{1B}[A\u{1B}[Bw n\u{1B}[1;5Cq".utf8)
        #expect(TopKey.keys(in: bytes) == [.up, .down, .byWaiters, .pause, .byName, .quit])
        #expect(TopKey.keys(in: [0x1B]) == [] && TopKey.keys(in: [3]) == [.quit])
    }

    @Test func nodesThatDifferAreCounted() {
        var comparison = NodeComparison()
        let held = LockInfo(name: "a", holders: [LockHolder(grant: [1])])
        comparison.add(
            GetLockResponse(
                lock: held,
                perNode: [
                    LockOnNode(node: 0, grants: [[1]]), LockOnNode(node: 1, grants: [[1]]),
                    LockOnNode(node: 2, grants: []),
                ]))
        #expect(comparison.locks == 1 && comparison.differing == [2: 1] && comparison.isDiffering)
    }

    @Test func completionsNameEverything() {
        for shell in Completion.Shell.allCases {
            let script = Completion.script(ControlArguments.root, shell)
            for word in ["on-lost", "kill-after", "describe", "holdfastctl"] {
                #expect(script.contains(word), "\(shell) \(word)")
            }
        }
        let bash = Completion.script(ControlArguments.root, .bash)
        #expect(bash.contains("\"/lock/run\") place=/lock/run ;;"))
        #expect(bash.contains("--on-lost) values=\"term kill ignore\""))
    }

    @Test func aListIsALineEachInJSONLines() {
        var list = LockList()
        list.add(ListLocksResponse(locks: [LockInfo(name: "a")], nodes: 3))
        list.add(ListLocksResponse(locks: [LockInfo(name: "b")], nodes: 3, missing: [2]))
        let answer = LockAnswer.make(list, "")
        let lines = answer.text(.jsonl, .init(columns: nil, paint: plain)).split(separator: "\n")
        #expect(lines.count == 2 && lines[1].hasPrefix(#"{"name":"b""#))
        #expect(
            answer.text(.table, .init(columns: 80, paint: plain))
                .hasSuffix("2 of 3 nodes answered; node 2 did not\n"))
    }

    @Test func withoutAQuorumTheNodesAreShown() {
        var picture = TopPicture(endpoint: "h:1")
        let node = NodeInfo(address: "a:1", state: .down, reason: "cannot connect")
        picture.take(
            TopPicture.Sample(
                at: .zero, server: GetServerInfoResponse(),
                nodes: ListNodesResponse(nodes: [node], quorum: 1, hasQuorum: false), locks: [],
                isCut: false, problem: "0 of 1 nodes vote"))
        let lines = picture.lines(columns: 80, rows: 24, paint: plain)
        #expect(lines[1].hasPrefix("locks ?  waiting ?  nodes 0/1 vote"))
        #expect(lines.contains("no quorum: no locks are given"))
        #expect(lines.contains { $0.contains("cannot connect") })
    }

    /// Names that are longer than the line are cut where they tell least.
    @Test func aWatchFitsItsLine() throws {
        let name = "tenants/acme/" + String(repeating: "long/", count: 20) + "42"
        let holder = WatchedHolder(
            fence: 1_795_838_807_209_038, metadata: Array(name.utf8), strength: 1)
        for holders in [[holder], []] {
            let changed = WatchResponse(
                event: .changed(LockChanged(name: name, version: 1, holders: holders)))
            let answer = try #require(LockAnswer.make(changed, time: "2026-11-28T04:00:00Z"))
            let line = answer.text(.table, .init(columns: 80, paint: plain))
            #expect(line.count <= 81 && line.contains("…") && line.contains("long/42"), "\(line)")
            let whole = answer.text(.table, .init(columns: nil, paint: plain))
            #expect(whole.contains(name))
        }
    }

    @Test(arguments: [
        (nil, "0:00  held  orders/42  fence 1234  a worker in some house"),
        (58, "0:00  held  orders/42  fence 1234  a worker in some house"),
        (44, "0:00  held  orders/42  fence 1234  a worker…"),
        (40, "0:00  held  orders/42  fence 1234"),
        (20, "0:00  held  orders/42  fence 1234"),
    ])
    func aWatchedChangeFitsTheTerminal(columns: Int?, line: String) {
        func change(_ metadata: String) -> Answer? {
            let holder = WatchedHolder(fence: 1234, metadata: Array(metadata.utf8))
            let changed = LockChanged(name: "orders/42", version: 7, holders: [holder])
            return LockAnswer.make(WatchResponse(event: .changed(changed)), time: "0:00")
        }
        let surface = Answer.Surface(columns: columns, paint: plain)
        #expect(change("a worker in some house")?.text(.table, surface) == line + "\n")
        #expect(
            change("")?.text(.table, surface) == "0:00  held  orders/42  fence 1234\n")
    }
}

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
        let answer = LockAnswer.make(
            [LockInfo(name: "a"), LockInfo(name: "b")], of: 3)
        let lines = answer.text(.jsonl, .init(columns: nil, paint: plain)).split(separator: "\n")
        #expect(lines.count == 2 && lines[1].hasPrefix(#"{"name":"b""#))
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

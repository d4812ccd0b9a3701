import Glibc

/// Prints what was measured: a table, or one JSON object a line.
struct LockReport {
    struct Row {
        var load: String
        var client: String
        var result: LockResult
        /// The bare thing of the same rounds.
        var baseline: LockResult
        /// Of the baseline's rate.
        var rateRatio = 0.0
        /// The time of an acquire by what the baseline's and an echo take together.
        var acquireRatio = 0.0
    }

    var bench = "lock"
    let nodes: Int
    let servers: Int
    let json: Bool

    func header() {
        guard !json else { return }
        let under = nodes == 0 ? "the node in memory" : "\(nodes) Redis nodes"
        print("locks on \(under), \(servers) servers; connections x workers; TLS 1.3 to the server")
        print(
            nodes == 0
                ? "of bare: of half the echo calls of the same round (a cycle is two calls)"
                : "bare: the same scripts pipelined at the same nodes, done when a quorum answered")
        print("acq x: p50 of acquire by p50 of the bare acquire and of echo together")
        print("")
        print(
            Report.row([
                "case", "client", "cycles/s", "of bare", "p50 us", "p99 us", "acq p50", "acq x",
                "server us", "node us", "client us", "failed",
            ]))
    }

    /// What does not fit into the table: a name and a number of digits for each figure.
    func facts(_ title: String, _ what: String, _ figures: [(String, Double, Int)]) {
        defer { fflush(nil) }
        guard json else {
            let texts = figures.map { "\($0.0) \(Report.number($0.1, $0.2))" }
            print(Report.row([title, what]) + "  " + texts.joined(separator: ", "))
            return
        }
        let head: [(String, Report.Value)] = [
            ("bench", .text(bench)), ("case", .text("\(title)/\(what)")),
            ("nodes", .number(Double(nodes))), ("servers", .number(Double(servers))),
        ]
        print(Report.json(head + figures.map { ($0.0, .number($0.1)) }))
    }

    func row(_ row: Row) {
        // Also when piped: a run of a minute shows its progress.
        defer { fflush(nil) }
        let result = row.result
        let isEcho = row.client == "echo"
        guard json else {
            print(
                Report.row([
                    row.load, row.client, Report.number(result.perSecond, 0),
                    isEcho ? "" : Report.number(row.rateRatio, 2), Report.number(result.p50, 1),
                    Report.number(result.p99, 1),
                    isEcho ? "" : Report.number(result.acquireP50, 1),
                    isEcho || row.client == "bare" ? "" : Report.number(row.acquireRatio, 2),
                    Report.number(result.server, 2), Report.number(result.node, 2),
                    Report.number(result.client, 2), "\(result.failures)",
                ]))
            return
        }
        print(
            Report.json([
                ("bench", .text(bench)), ("case", .text("\(row.load)/\(row.client)")),
                ("nodes", .number(Double(nodes))), ("servers", .number(Double(servers))),
                ("ops_per_s", .number(result.perSecond)), ("p50_us", .number(result.p50)),
                ("p99_us", .number(result.p99)), ("acquire_p50_us", .number(result.acquireP50)),
                ("baseline", .text(nodes == 0 ? "half the echo calls" : "bare scripts")),
                ("baseline_ops_per_s", .number(row.baseline.perSecond)),
                ("baseline_p50_us", .number(row.baseline.p50)),
                ("ratio", .number(row.rateRatio)), ("acquire_ratio", .number(row.acquireRatio)),
                ("cpu_us_server", .number(result.server)), ("cpu_us_node", .number(result.node)),
                ("cpu_us_client", .number(result.client)),
                ("failures", .number(Double(result.failures))),
            ]))
    }
}

import HoldfastBase
import HoldfastSystem

/// A program that somebody would use instead, run beside ours.
///
/// The command is run by the shell, with `{nodes}` replaced by the addresses of fresh Redis nodes,
/// as many as ours, and `{workers}`, `{seconds}`, `{bytes}` (of a value) and `{test}` (`cycle`, `loop`
/// where all workers want one lock, or the case of the bench of keys). The last line of its output says what it measured: a number of cycles a second,
/// or a JSON object with `rate` or `ops_per_s`, and `p50_us` and `p99_us` if it likes; for a loop
/// also `handoffs`, `min_grants` and `max_grants`.
struct PeerCommand: Hashable {
    /// `NAME=COMMAND`, or a command alone.
    let text: String

    var name: String {
        let word = text.prefix { $0 != "=" }
        let isName = word.count < text.count && word.allSatisfy { $0.isLetter || $0 == "-" }
        return isName ? String(word) : "peer"
    }

    private var command: String {
        name == "peer" ? text : String(text.drop { $0 != "=" }.dropFirst())
    }

    var needsNodes: Bool { text.contains("{nodes}") }

    /// The fields of its last line; `rate` is always there.
    func run(
        test: String, workers: Int, seconds: Double, bytes: Int = 0, nodes: [String]
    ) throws -> [String: Double] {
        var words = command
        for (mark, value) in [
            ("{nodes}", nodes.joined(separator: ",")), ("{workers}", "\(workers)"),
            ("{seconds}", "\(seconds)"), ("{bytes}", "\(bytes)"), ("{test}", test),
        ] {
            words = words.split(separator: mark, omittingEmptySubsequences: false)
                .joined(separator: value)
        }
        let process = try BenchProcesses.start(["/bin/sh", "-c", words])
        defer { BenchProcesses.end(process) }
        var last = ""
        while let line = process.readLine() {
            if !line.isEmpty { last = line }
        }
        guard let fields = Self.fields(last) else {
            throw BenchError("\(name) ended without a figure: \(last)")
        }
        return fields
    }

    private static func fields(_ line: String) -> [String: Double]? {
        if let number = Double(line) { return ["rate": number] }
        var fields: [String: Double] = [:]
        for pair in line.split(whereSeparator: { "{},".contains($0) }) {
            let parts = pair.split(separator: ":")
            guard parts.count == 2 else { continue }
            let key = parts[0].filter { $0 != "\"" && $0 != " " }
            fields[key] = Double(parts[1].filter { $0 != " " })
        }
        if fields["rate"] == nil { fields["rate"] = fields["ops_per_s"] }
        return fields["rate"] == nil ? nil : fields
    }
}

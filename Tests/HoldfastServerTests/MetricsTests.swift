import Foundation
import HoldfastServer
import Testing

/// One line of the format, read as strictly as it is specified.
private struct Sample: Hashable {
    var name: String
    var labels: [String: String]
    var value: Double
}

private struct Malformed: Error {
    var line: String
}

/// Reads the whole of an exposition and checks what readers rely on.
private func parse(_ text: String) throws -> (types: [String: String], samples: [Sample]) {
    var types: [String: String] = [:]
    var helped: Set<String> = []
    var samples: [Sample] = []
    var current = ""
    #expect(text.hasSuffix("\n"))
    for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
        if line.hasPrefix("# HELP ") {
            let name = String(line.dropFirst(7).prefix { $0 != " " })
            guard helped.insert(name).inserted else { throw Malformed(line: String(line)) }
            current = name
        } else if line.hasPrefix("# TYPE ") {
            let words = line.split(separator: " ")
            guard words.count == 4, words[2] == current,
                ["counter", "gauge", "histogram"].contains(words[3]),
                types.updateValue(String(words[3]), forKey: current) == nil
            else { throw Malformed(line: String(line)) }
        } else {
            let sample = try parse(sample: String(line))
            let suffixes = types[current] == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
            guard suffixes.contains(where: { sample.name == current + $0 }) else {
                throw Malformed(line: String(line))
            }
            samples.append(sample)
        }
    }
    #expect(
        Set(samples.map { "\($0.name)\($0.labels.sorted { $0.key < $1.key })" }).count
            == samples.count)
    return (types, samples)
}

private func parse(sample line: String) throws -> Sample {
    var rest = line[...]
    let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    rest = rest.dropFirst(name.count)
    var labels: [String: String] = [:]
    if rest.first == "{" {
        rest = rest.dropFirst()
        while rest.first != "}" {
            let label = rest.prefix { $0 != "=" }
            rest = rest.dropFirst(label.count)
            guard rest.hasPrefix("=\""), !label.isEmpty else { throw Malformed(line: line) }
            rest = rest.dropFirst(2)
            var value = ""
            while let next = rest.popFirst(), next != "\"" {
                guard next == "\\" else {
                    value.append(next)
                    continue
                }
                switch rest.popFirst() {
                case "n": value += "\n"
                case "\\": value += "\\"
                case "\"": value += "\""
                default: throw Malformed(line: line)
                }
            }
            guard labels.updateValue(value, forKey: String(label)) == nil else {
                throw Malformed(line: line)
            }
            if rest.first == "," { rest = rest.dropFirst() }
        }
        rest = rest.dropFirst()
    }
    let number = rest == " +Inf" ? .infinity : Double(rest.dropFirst())
    guard rest.first == " ", !name.isEmpty, let number else { throw Malformed(line: line) }
    return Sample(name: String(name), labels: labels, value: number)
}

@Suite struct MetricsTests {
    @Test func theTextIsExact() {
        let registry = MetricRegistry()
        let shard = registry.makeShard()
        let calls = registry.counter(
            "holdfast_calls_total", help: "Calls\\\nanswered.",
            labels: ["method": "a\"b\\c\nd", "code": "0"])
        let time = registry.histogram(
            "holdfast_call_seconds", help: "Time.", bounds: [1_000_000, 2_500_000_000])
        shard.add(calls, 3)
        shard.observe(time, 1_000_000)
        shard.observe(time, 1_000_001)
        shard.observe(time, 3_000_000_000)
        #expect(
            registry.exposition() == #"""
                # HELP holdfast_calls_total Calls\\\nanswered.
                # TYPE holdfast_calls_total counter
                holdfast_calls_total{method="a\"b\\c\nd",code="0"} 3
                # HELP holdfast_call_seconds Time.
                # TYPE holdfast_call_seconds histogram
                holdfast_call_seconds_bucket{le="0.001"} 1
                holdfast_call_seconds_bucket{le="2.5"} 2
                holdfast_call_seconds_bucket{le="+Inf"} 3
                holdfast_call_seconds_sum 3.002000001
                holdfast_call_seconds_count 3

                """#)
    }

    @Test func aStrictReaderReadsEverything() throws {
        let registry = MetricRegistry()
        registry.addProcessMetrics()
        let shard = registry.makeShard()
        for method in ["/a/B", "quote\"", "line\nend", "back\\slash", "é"] {
            let cell = registry.counter("m_total", help: "M.", labels: ["method": method])
            shard.add(cell)
            let time = registry.histogram(
                "t_seconds", help: "T.", bounds: MetricHistogram.callBounds,
                labels: ["method": method])
            for value in stride(from: UInt64(1), to: 20_000_000_000, by: 777_777_777) {
                shard.observe(time, value)
            }
        }
        registry.value("odd", help: "") { .nan }
        registry.value("hidden", help: "") { nil }
        let (types, samples) = try parse(registry.exposition())
        #expect(types["m_total"] == "counter" && types["t_seconds"] == "histogram")
        #expect(types["process_cpu_seconds_total"] == "counter")
        let named = Dictionary(grouping: samples, by: \.name)
        #expect(named["m_total"]?.contains { $0.labels["method"] == "line\nend" } == true)
        #expect(named["hidden"] == nil)
        let open = try #require(named["process_open_fds"]?.first?.value)
        let most = try #require(named["process_max_fds"]?.first?.value)
        #expect(open >= 3 && most > open)
        let series = Dictionary(grouping: named["t_seconds_bucket"] ?? []) { $0.labels["method"] }
        #expect(series.count == 5)
        for (method, buckets) in series {
            let values = buckets.map(\.value)
            #expect(values == values.sorted() && buckets.last?.labels["le"] == "+Inf")
            let count = named["t_seconds_count"]?.first { $0.labels["method"] == method }
            #expect(count?.value == values.last)
        }
    }

    @Test func shardsAreSummed() throws {
        let registry = MetricRegistry()
        let first = registry.makeShard()
        let second = registry.makeShard()
        let gauge = registry.gauge("open", help: "Open.")
        first.change(gauge, by: 5)
        second.change(gauge, by: -2)
        #expect(try parse(registry.exposition()).samples.map(\.value) == [3])
        first.set(gauge, to: -7)
        #expect(try parse(registry.exposition()).samples.map(\.value) == [-9])
    }

    @Test func theSameMetricIsTheSameCell() {
        let registry = MetricRegistry()
        let cell = registry.counter("a_total", help: "A.", labels: ["x": "1"])
        #expect(registry.counter("a_total", help: "A.", labels: ["x": "1"]) == cell)
        #expect(registry.counter("a_total", help: "A.", labels: ["x": "2"]) != cell)
    }

    @Test func seriesBeyondTheCellsAreCountedTogether() throws {
        let registry = MetricRegistry()
        let shard = registry.makeShard()
        let cells = (0..<3000).map { number in
            registry.counter("a_total", help: "A.", labels: ["n": String(number)])
        }
        for cell in cells { shard.add(cell) }
        let late = registry.histogram("late_seconds", help: "Late.", bounds: [1, 2, 3])
        shard.observe(late, 1_000_000)
        let samples = try parse(registry.exposition()).samples
        let kept = samples.filter { $0.name == "a_total" }
        #expect(kept.count == MetricShard.cellsMax - 2 && kept.allSatisfy { $0.value == 1 })
        let lost = samples.first { $0.name == "holdfast_metrics_overflow_total" }
        #expect(lost?.value == Double(3000 - kept.count + 1))
    }

    @Test func readersSeeWhatOtherThreadsWrite() async throws {
        let registry = MetricRegistry()
        let cell = registry.counter("n_total", help: "N.")
        await withTaskGroup { group in
            for _ in 0..<4 {
                let shard = registry.makeShard()
                group.addTask { for _ in 0..<100_000 { shard.add(cell) } }
            }
            group.addTask { for _ in 0..<50 { _ = registry.exposition() } }
        }
        #expect(try parse(registry.exposition()).samples.map(\.value) == [400_000])
    }

    @Test func procIsReadEvenWithAHostileProgramName() throws {
        let status = "12 (a) b) (c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 7 0 300 4096000 25 9 9"
        let read = try #require(
            ProcessStatus(
                status: status, system: "cpu 1 2\nbtime 1000\nx 1\n", ticksPerSecond: 100,
                pageBytes: 4096))
        #expect(read.cpuSeconds == 2 && read.startSeconds == 1003 && read.threads == 7)
        #expect(read.residentBytes == 102_400 && read.virtualBytes == 4_096_000)
        #expect(ProcessStatus(status: "", system: "", ticksPerSecond: 1, pageBytes: 1) == nil)
        let now = try #require(ProcessStatus.now())
        #expect(now.residentBytes > 1 << 20 && now.startSeconds > 1_600_000_000)
    }

    @Test func descriptorsAreCounted() throws {
        let before = try #require(ProcessStatus.openDescriptors())
        #expect(before > 0)
        #expect(try #require(ProcessStatus.descriptorsMax()) > 0)
    }
}

import Foundation
import HoldfastBase
import Synchronization
import HoldfastServer
import Testing

/// Takes log lines, as fast as it is told to, at a time that stands still until it is moved.
final class Capture: Sendable {
    struct State {
        var bytes: [UInt8] = []
        var answer: LogSink.OnWrite?
        var time = LogTime(wallNanoseconds: 0, instant: .zero)
    }
    let state = Mutex(State())

    var sink: LogSink {
        LogSink { bytes in
            self.state.withLock { state in
                if let answer = state.answer {
                    if case .wrote(let count) = answer { state.bytes += bytes.prefix(count) }
                    return answer
                }
                state.bytes += bytes
                return .wrote(bytes.count)
            }
        }
    }

    func advance(_ interval: Interval) {
        state.withLock { $0.time.instant = $0.time.instant + interval }
    }

    func answer(_ answer: LogSink.OnWrite?) { state.withLock { $0.answer = answer } }

    var text: String { String(decoding: state.withLock(\.bytes), as: UTF8.self) }
    var lines: [Substring] { text.split(separator: "\n") }

    func objects() throws -> [[String: Any]] {
        try lines.map { line in
            try #require(
                JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    func logger(
        level: LogLevel = .info, isJSON: Bool = true, bounds: Logger.Bounds = .init()
    ) -> Logger {
        Logger(
            level: level, isJSON: isJSON, bounds: bounds, sink: sink,
            clock: { self.state.withLock(\.time) })
    }
}

@Suite struct LoggerTests {
    @Test func aLineIsAnObject() throws {
        let capture = Capture()
        capture.logger().log(
            .notice, "listening", in: "server",
            ["address": "127.0.0.1:1", "loops": 2, "tls": true])
        #expect(
            capture.text == """
                {"ts":"1970-01-01T00:00:00.000000Z","level":"notice","msg":"listening",\
                "component":"server","address":"127.0.0.1:1","loops":2,"tls":true}

                """)
    }

    @Test func aLineForPeople() {
        let capture = Capture()
        capture.logger(isJSON: false).log(
            .warning, "slow disk", in: "wal", ["path": "a b", "ms": 5, "empty": ""])
        #expect(
            capture.text
                == "1970-01-01T00:00:00.000000Z WARNING wal: slow disk path=\"a b\" ms=5 empty=\"\"\n"
        )
    }

    @Test func nothingFromOutsideCanBreakALine() throws {
        let hostile = "a\n\r\u{1B}[2J\u{7F}\u{85}\u{202E}\u{2028}\"\\é🔒\u{0}"
        for isJSON in [true, false] {
            let capture = Capture()
            capture.logger(isJSON: isJSON).log(
                .error, "refused", in: "rpc",
                ["key": .bytes([0x61, 0xFF, 0xC3, 0x0A]), "name": .text(hostile)])
            #expect(capture.lines.count == 1)
            #expect(
                capture.text.unicodeScalars.dropLast().allSatisfy { !TextEscape.isUnsafe($0) })
            if isJSON {
                let object = try #require(try capture.objects().first)
                #expect(object["name"] as? String == hostile)
                #expect(object["key"] as? String == "a\\xff\\xc3\n")
            }
        }
    }

    @Test func longValuesAreCut() {
        let capture = Capture()
        capture.logger().log(
            .info, "long", in: "rpc", ["key": .text(String(repeating: "k", count: 100_000))])
        #expect(capture.text.utf8.count < 1300)
    }

    @Test func theLevelChangesAtRunTime() {
        let capture = Capture()
        let logger = capture.logger(level: .warning)
        var evaluated = 0
        func fields() -> KeyValuePairs<StaticString, LogValue> {
            evaluated += 1
            return ["n": 1]
        }
        logger.log(.info, "no", in: "a", fields())
        #expect(capture.text.isEmpty && evaluated == 0)
        logger.level = .debug
        logger.log(.debug, "yes", in: "a", fields())
        #expect(capture.lines.count == 1 && evaluated == 1)
        #expect(logger.level == .debug)
    }

    @Test func aFloodOfOneMessageIsCounted() throws {
        let capture = Capture()
        let logger = capture.logger()
        for _ in 0..<1000 { logger.log(.info, "denied", in: "rpc") }
        logger.log(.info, "other", in: "rpc")
        #expect(capture.lines.count == 11)
        capture.advance(.milliseconds(1000))
        logger.flush()
        logger.flush()
        let report = try #require(try capture.objects().last)
        #expect(capture.lines.count == 12)
        #expect(report["msg"] as? String == "log lines suppressed")
        #expect(report["of"] as? String == "denied")
        #expect(report["count"] as? Int == 990)
        #expect(logger.counters.suppressed == 990)
        logger.log(.info, "denied", in: "rpc")
        #expect(capture.lines.count == 13)
    }

    @Test func theNextLineReportsTooWithoutFlush() {
        let capture = Capture()
        let logger = capture.logger()
        for _ in 0..<12 { logger.log(.info, "denied", in: "rpc") }
        capture.advance(.seconds(1))
        logger.log(.info, "denied", in: "rpc")
        #expect(capture.lines.count == 12)
        #expect(capture.lines[10].contains("\"count\":2"))
    }

    /// Whoever may do nothing must not be able to keep operators from their work.
    @Test func aFloodOfRefusalsLeavesRoomForWhatIsAllowed() {
        let logger = Capture().logger()
        for index in 0..<2000 {
            logger.audit("call refused", in: "audit", ["n": .number(index)])
        }
        #expect(logger.audit("admin call", in: "audit", ["n": 1]))
    }

    @Test func textSaysOnceThatALineIsOfTheAudit() throws {
        let capture = Capture()
        capture.logger(isJSON: false).audit("call refused", in: "audit", ["verb": "lock.acquire"])
        #expect(capture.text.hasSuffix(" NOTICE  audit: call refused verb=lock.acquire\n"))
    }

    @Test func auditLinesPassBelowTheirCap() throws {
        let capture = Capture()
        let logger = capture.logger(level: .error)
        for index in 0..<1000 {
            #expect(logger.audit("denied", in: "policy", ["n": .number(index)]))
        }
        #expect(!logger.audit("denied", in: "policy", ["n": 1000]))
        #expect(capture.lines.count == 1000)
        #expect(try capture.objects().allSatisfy { $0["audit"] as? Bool == true })
        #expect(logger.counters.auditDropped == 1)
        capture.advance(.seconds(1))
        logger.flush()
        #expect(capture.lines.last?.contains("\"of\":\"denied\",\"count\":1") == true)
    }

    @Test func aFullSinkNeitherBlocksNorGrows() {
        let capture = Capture()
        var bounds = Logger.Bounds()
        bounds.pendingBytesMax = 1000
        bounds.linesPerSecondMax = 1000
        let logger = capture.logger(bounds: bounds)
        capture.answer(.full)
        for _ in 0..<100 { logger.log(.info, "line", in: "a") }
        #expect(capture.text.isEmpty)
        let counters = logger.counters
        #expect(counters.dropped > 0 && counters.written + counters.dropped == 100)
        capture.answer(nil)
        logger.flush()
        #expect(capture.lines.count == Int(counters.written))
        logger.flush()
        #expect(capture.lines.last?.contains("\"msg\":\"log lines lost\"") == true)
    }

    @Test func partialWritesKeepTheirOrder() {
        let capture = Capture()
        let logger = capture.logger()
        capture.answer(.wrote(1))
        for _ in 0..<3 { logger.log(.info, "line", in: "a", ["n": 1]) }
        #expect(capture.lines.count == 3)
        #expect(Set(capture.lines).count == 1)
    }

    @Test func aBrokenSinkIsNoTrap() {
        let capture = Capture()
        let logger = capture.logger()
        capture.answer(.broken)
        for _ in 0..<5 { logger.log(.info, "line", in: "a") }
        logger.flush()
        #expect(capture.text.isEmpty)
    }

    @Test func threadsDoNotMixTheirLines() async throws {
        let capture = Capture()
        var bounds = Logger.Bounds()
        bounds.linesPerSecondMax = 100_000
        bounds.pendingBytesMax = 100 << 20
        let logger = capture.logger(bounds: bounds)
        await withTaskGroup { group in
            for task in 0..<4 {
                group.addTask {
                    for index in 0..<500 {
                        logger.log(.info, "x", in: "a", ["t": .number(task), "i": .number(index)])
                    }
                }
            }
        }
        logger.flush()
        let objects = try capture.objects()
        #expect(objects.count == 2000)
        for task in 0..<4 {
            let order = objects.filter { $0["t"] as? Int == task }.compactMap { $0["i"] as? Int }
            #expect(order == Array(0..<500))
        }
    }

    @Test func aPipeThatNobodyReadsDoesNotBlock() throws {
        var ends: [Int32] = [0, 0]
        #expect(unsafe pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        var bounds = Logger.Bounds()
        bounds.linesPerSecondMax = 100_000
        let logger = Logger(
            level: .info, isJSON: true, bounds: bounds, sink: .descriptor(ends[1]))
        for _ in 0..<10_000 { logger.log(.info, "into a full pipe", in: "a") }
        #expect(logger.counters.dropped > 0)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"), (951_782_400, "2000-02-29T00:00:00.000000Z"),
        (1_709_251_199, "2024-02-29T23:59:59.000000Z"), (-1, "1969-12-31T23:59:59.000000Z"),
        (4_107_542_400, "2100-03-01T00:00:00.000000Z"),
    ])
    func dates(seconds: Int64, expected: String) {
        let time = LogTime(wallNanoseconds: seconds * 1_000_000_000, instant: .zero)
        #expect(time.text == expected)
    }
}

import HoldfastBase
import Synchronization

/// Writes log lines. Never throws, never waits, and its memory is bounded.
///
/// Messages are constants and data goes in fields, so that a line can be searched for by its message
/// and nothing from outside can look like a message. A line that is below the level costs one
/// relaxed load. Lines wait in a buffer when the sink takes nothing; when that is full, further
/// lines are dropped and counted. One thread at a time writes, without holding the lock: what others
/// log meanwhile is taken along by it.
///
/// *Audit* lines (admin calls, denials) are written at every level and are not subject to the rate
/// of messages, only to a cap per second for each message, so that those who are refused cannot use up
/// what is there for operators; what is over it is counted and reported.
///
/// Somebody must call `flush()` about once a second, so that what a slow sink left is written and
/// suppressed lines are reported.
package final class Logger: Sendable {
    /// Bounds of a logger.
    package struct Bounds: Sendable {
        /// Lines of one message in a second.
        package var linesPerSecondMax = 10
        /// Audit lines of one message in a second.
        package var auditLinesPerSecondMax = 1000
        /// Bytes that wait for the sink; as many again may be on their way into it.
        package var pendingBytesMax = 256 << 10

        /// The defaults.
        package init() {}
    }

    private struct State {
        var rate: LogRate
        var auditRate: LogRate
        var pending: [UInt8] = []
        var isWriting = false
        var counters = LogCounters()
        /// Lines dropped since the last report of it.
        var unreported: UInt64 = 0
    }

    private let rank: Atomic<UInt8>
    private let isJSON: Bool
    private let bounds: Bounds
    private let sink: LogSink
    private let clock: @Sendable () -> LogTime
    private let state: Mutex<State>

    /// A logger that writes lines of `level` and above to `sink`.
    package init(
        level: LogLevel, isJSON: Bool, bounds: Bounds = Bounds(), sink: LogSink,
        clock: @escaping @Sendable () -> LogTime = LogTime.now
    ) {
        rank = Atomic(level.rank)
        self.isJSON = isJSON
        self.bounds = bounds
        self.sink = sink
        self.clock = clock
        state = Mutex(
            State(
                rate: LogRate(linesPerSecondMax: bounds.linesPerSecondMax),
                auditRate: LogRate(linesPerSecondMax: bounds.auditLinesPerSecondMax)))
    }

    /// The least level that is written. May be changed from any thread at any time.
    package var level: LogLevel {
        get { LogLevel(rank: rank.load(ordering: .relaxed)) }
        set { rank.store(newValue.rank, ordering: .relaxed) }
    }

    /// What became of the lines since the start.
    package var counters: LogCounters { state.withLock { $0.counters } }

    /// Writes a line, if its level is high enough and its message not too frequent.
    package func log(
        _ level: LogLevel, _ message: StaticString, in component: StaticString,
        _ fields: @autoclosure () -> KeyValuePairs<StaticString, LogValue> = [:]
    ) {
        guard level.rank >= rank.load(ordering: .relaxed) else { return }
        let line = LogLine(
            time: clock(), level: level, message: message.description,
            component: component.description,
            fields: fields().map { ($0.key.description, $0.value) })
        let isWriter = state.withLock { state in
            let (isWritten, suppressed) = state.rate.admit(line.message, now: line.time.instant)
            if suppressed > 0 { addReport(line.message, suppressed, line.time, &state) }
            if isWritten {
                add(line, &state)
            } else {
                state.counters.suppressed += 1
            }
            return beginWriting(&state)
        }
        if isWriter { write() }
    }

    /// Writes an audit line; false when it is lost, for callers that must then refuse.
    @discardableResult
    package func audit(
        _ message: StaticString, in component: StaticString,
        _ fields: KeyValuePairs<StaticString, LogValue>
    ) -> Bool {
        var line = LogLine(
            time: clock(), level: .notice, message: message.description,
            component: component.description,
            fields: fields.map { ($0.key.description, $0.value) })
        line.isAudit = true
        let (isKept, isWriter) = state.withLock { [line] state in
            let (isWritten, suppressed) = state.auditRate.admit(
                line.message, now: line.time.instant)
            if suppressed > 0 { addReport(line.message, suppressed, line.time, &state) }
            let isKept = isWritten && add(line, &state)
            if !isKept { state.counters.auditDropped += 1 }
            return (isKept, beginWriting(&state))
        }
        if isWriter { write() }
        return isKept
    }

    /// Reports what was suppressed and writes what the sink takes.
    package func flush() {
        let time = clock()
        let isWriter = state.withLock { state in
            for (message, suppressed) in state.rate.ended(now: time.instant) {
                addReport(message, suppressed, time, &state)
            }
            for (message, suppressed) in state.auditRate.ended(now: time.instant) {
                addReport(message, suppressed, time, &state)
            }
            if state.unreported > 0, state.pending.isEmpty {
                let count = state.unreported
                state.unreported = 0
                add(
                    LogLine(
                        time: time, level: .warning, message: "log lines lost", component: "log",
                        fields: [("count", .number(count))]), &state)
            }
            return beginWriting(&state)
        }
        if isWriter { write() }
    }

    private func addReport(
        _ message: String, _ suppressed: Int, _ time: LogTime, _ state: inout State
    ) {
        add(
            LogLine(
                time: time, level: .warning, message: "log lines suppressed", component: "log",
                fields: [("of", .text(message)), ("count", .number(suppressed))]), &state)
    }

    @discardableResult
    private func add(_ line: LogLine, _ state: inout State) -> Bool {
        var bytes: [UInt8] = []
        if isJSON { line.json(into: &bytes) } else { line.text(into: &bytes) }
        guard state.pending.count + bytes.count <= bounds.pendingBytesMax else {
            state.counters.dropped += 1
            state.unreported += 1
            return false
        }
        state.pending += bytes
        state.counters.written += 1
        return true
    }

    private func beginWriting(_ state: inout State) -> Bool {
        guard !state.isWriting, !state.pending.isEmpty else { return false }
        state.isWriting = true
        return true
    }

    /// Writes until nothing is pending or the sink is full. Only one thread is ever in here.
    private func write() {
        while true {
            let taken = state.withLock { state in
                let taken = state.pending
                state.pending = []
                return taken
            }
            var rest = taken[...]
            var isBlocked = false
            while !rest.isEmpty, !isBlocked {
                switch sink.write(rest) {
                case .wrote(let count): rest = rest.dropFirst(max(1, count))
                case .full: isBlocked = true
                case .broken: rest = []
                }
            }
            let isDone = state.withLock { [rest] state in
                state.pending.insert(contentsOf: rest, at: 0)
                if isBlocked || state.pending.isEmpty { state.isWriting = false }
                return !state.isWriting
            }
            if isDone { return }
        }
    }
}

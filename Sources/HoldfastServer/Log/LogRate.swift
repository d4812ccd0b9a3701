import HoldfastBase

/// How many lines of each message are written in a second. Pure.
///
/// A flood of one message, say of denied requests, must neither stall the server nor fill a disk
/// nor hide other messages. Each message has its own allowance; what is over it is counted, and the
/// count is given back when the second has passed. Messages are constants, so the table is as large
/// as the source is.
struct LogRate {
    private struct Window {
        var start: Instant
        var written = 0
        var suppressed = 0
    }

    /// Lines of one message in a second.
    let linesPerSecondMax: Int
    private var windows: [String: Window] = [:]

    init(linesPerSecondMax: Int) {
        self.linesPerSecondMax = linesPerSecondMax
    }

    /// Whether a line of `message` is written, and how many were not in the second that ended.
    mutating func admit(_ message: String, now: Instant) -> (isWritten: Bool, suppressed: Int) {
        var window = windows[message] ?? Window(start: now)
        var suppressed = 0
        if now - window.start >= .seconds(1) || now < window.start {
            suppressed = window.suppressed
            window = Window(start: now)
        }
        let isWritten = window.written < linesPerSecondMax
        if isWritten { window.written += 1 } else { window.suppressed += 1 }
        windows[message] = window
        return (isWritten, suppressed)
    }

    /// The messages whose second has ended with lines suppressed, each once, sorted.
    mutating func ended(now: Instant) -> [(message: String, suppressed: Int)] {
        var ended: [(message: String, suppressed: Int)] = []
        for (message, window) in windows where now - window.start >= .seconds(1) {
            if window.suppressed > 0 { ended.append((message, window.suppressed)) }
            windows[message] = nil
        }
        return ended.sorted { $0.message < $1.message }
    }
}

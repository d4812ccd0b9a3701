import Glibc
import HoldfastBase
import HoldfastControl
import HoldfastSystem

/// The standard streams as a console.
enum Terminal {
    static func console(environment: [(name: String, value: String)]) -> Console {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        return Console(
            print: { Self.print($0) },
            complain: { _ = Processes.write($0, to: STDERR_FILENO) },
            columns: isTerminal ? columns : nil,
            paint: Paint(
                isColored: Paint.wanted(isTerminal: isTerminal, environment: environment)),
            complaintPaint: Paint(
                isColored: Paint.wanted(
                    isTerminal: isatty(STDERR_FILENO) == 1, environment: environment)),
            exists: { unsafe access($0, R_OK) == 0 },
            now: { WallTime(nanoseconds: Clocks.wallNanoseconds()) },
            clock: { Clocks.now() },
            progress: isatty(STDERR_FILENO) == 1 ? progress : nil)
    }

    /// Back to the start of the line, and nothing else on it.
    @Sendable
    private static func progress(_ line: String?) {
        _ = Processes.write("\r\u{1B}[K" + (line ?? ""), to: STDERR_FILENO)
    }

    static var environment: [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let pair = unsafe String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { found.append((String(pair[0]), String(pair[1]))) }
            unsafe entry += 1
        }
        return found
    }

    private static var columns: Int { size.columns }

    /// Of the window; as of old where it is not known.
    static var size: Screen.Size {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 20,
            size.ws_row >= 2
        else { return Screen.Size(columns: 80, rows: 24) }
        return Screen.Size(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }

    /// False when it could not all be written, which is worth a word unless the reader has gone.
    private static func print(_ text: String) -> Bool {
        guard let error = Processes.write(text, to: STDOUT_FILENO) else { return true }
        if error.code != EPIPE {
            _ = Processes.write("holdfastctl: \(error)\n", to: STDERR_FILENO)
        }
        return false
    }
}

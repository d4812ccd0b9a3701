import Glibc

extension Logger {
    /// A logger to standard error; `auto` means text when that is a terminal, JSON otherwise.
    package static func standardError(level: LogLevel, format: LogFormat) -> Logger {
        let isJSON =
            switch format {
            case .json: true
            case .text: false
            case .auto: isatty(STDERR_FILENO) == 0
            }
        return Logger(level: level, isJSON: isJSON, sink: .descriptor(STDERR_FILENO))
    }
}

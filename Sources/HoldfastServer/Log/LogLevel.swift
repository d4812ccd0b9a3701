/// How much a log line matters; also, from which on lines are written.
package enum LogLevel: String, CaseIterable, Comparable, Sendable {
    /// For whoever looks for a fault; too much for every day.
    case debug
    /// What the server does, once each.
    case info
    /// Rare and wanted: started, drained, reloaded.
    case notice
    /// Works, but someone should look.
    case warning
    /// Does not work.
    case error

    /// Position, from 0 for `debug`.
    package var rank: UInt8 {
        switch self {
        case .debug: 0
        case .info: 1
        case .notice: 2
        case .warning: 3
        case .error: 4
        }
    }

    /// The level at a position; positions beyond the last are `error`.
    package init(rank: UInt8) {
        switch rank {
        case 0: self = .debug
        case 1: self = .info
        case 2: self = .notice
        case 3: self = .warning
        default: self = .error
        }
    }

    /// Whether `left` matters less.
    package static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rank < right.rank
    }
}

package import HoldfastBase
package import HoldfastCoordination

/// What a caller asked of one key, under one request id, and what it was told.
package struct KeyCall: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case read
        /// - Parameter ttlMilliseconds: how long the value lasts; 0 is for ever.
        case put(ttlMilliseconds: UInt64)
        case delete
    }

    package enum Told: Hashable, Sendable {
        case applied(version: UInt64)
        /// The condition did not hold; what was there.
        case mismatch(KeySight?)
        case value(KeySight?)
        /// Nothing was done, by no sending of it.
        case refused
        /// It may have been done, or be done still.
        case unknown
    }

    /// Names it, from 1; a put writes this number.
    package let number: UInt64
    package let client: UInt32
    package let key: String
    package let kind: Kind
    package let condition: KeyChange.Condition
    /// When it was sent first, and last.
    package var called: Instant
    package var calledLast: Instant
    /// `never`, where nobody knows what came of it.
    package var returned = Instant.never
    package var told = Told.unknown
    /// Of an earlier sending than the one that was answered nobody knows what came of it.
    package var wasUncertain = false

    package init(
        number: UInt64, client: UInt32, key: String, kind: Kind,
        condition: KeyChange.Condition = .none, called: Instant
    ) {
        (self.number, self.client, self.key) = (number, client, key)
        (self.kind, self.condition) = (kind, condition)
        (self.called, calledLast) = (called, called)
    }
}

/// A value that somebody saw: its version, and which put wrote it; 0 where no put writes such bytes.
package struct KeySight: Hashable, Sendable {
    package var version: UInt64
    package var writer: UInt64

    package init(version: UInt64, writer: UInt64) {
        self.version = version
        self.writer = writer
    }
}

extension KeyCall: CustomStringConvertible {
    package var description: String {
        var text = "\(called.nanoseconds / 1_000_000)–"
        text += returned == .never ? "?" : "\(returned.nanoseconds / 1_000_000)"
        text += " ms c\(client) #\(number) \(kind)"
        if condition != .none { text += " if \(condition)" }
        if wasUncertain { text += " again" }
        return text + " → \(told)"
    }
}

extension KeyCall.Told: CustomStringConvertible {
    package var description: String {
        func text(_ sight: KeySight?) -> String {
            sight.map { "v\($0.version) by #\($0.writer)" } ?? "nothing"
        }
        switch self {
        case .applied(let version): return "v\(version)"
        case .mismatch(let sight): return "mismatch, \(text(sight))"
        case .value(let sight): return text(sight)
        case .refused: return "refused"
        case .unknown: return "unknown"
        }
    }
}

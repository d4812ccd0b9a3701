/// What there is to know about one of the `Limits`, as data.
public struct LimitDescription: Sendable {
    /// Where the value is kept, and with that what it counts.
    public enum Value: Sendable {
        /// A number of bytes.
        case bytes(any WritableKeyPath<Limits, Int> & Sendable)
        /// A number of things.
        case count(any WritableKeyPath<Limits, Int> & Sendable)
        /// A length of time.
        case time(any WritableKeyPath<Limits, Interval> & Sendable)
    }

    /// Its name in the configuration file, in section order: "limits.request_bytes".
    public let name: String
    /// Where the value is kept.
    public let value: Value
    /// Least and greatest value that can be configured: bytes, a count, or nanoseconds.
    public let allowed: ClosedRange<Int64>
    /// What it bounds and what happens when it is reached, in words.
    public let effect: String

    /// What the value counts: "bytes", "count" or "ms".
    public var unit: String {
        switch value {
        case .bytes: "bytes"
        case .count: "count"
        case .time: "ms"
        }
    }

    /// `allowed` as lengths of time, for a value that is one.
    package var allowedTimes: ClosedRange<Interval> {
        Interval(nanoseconds: allowed.lowerBound)...Interval(nanoseconds: allowed.upperBound)
    }

    /// The value in `limits`, in the unit that `unit` names; a time is rounded up.
    public func amount(in limits: Limits) -> UInt64 {
        switch value {
        case .bytes(let path), .count(let path):
            UInt64(clamping: limits[keyPath: path])
        case .time(let path):
            UInt64(clamping: limits[keyPath: path].millisecondsRoundedUp)
        }
    }

    static func bytes(
        _ name: String, _ path: any WritableKeyPath<Limits, Int> & Sendable,
        _ allowed: ClosedRange<Int64>, _ effect: String
    ) -> LimitDescription {
        LimitDescription(name: name, value: .bytes(path), allowed: allowed, effect: effect)
    }

    static func count(
        _ name: String, _ path: any WritableKeyPath<Limits, Int> & Sendable,
        _ allowed: ClosedRange<Int64>, _ effect: String
    ) -> LimitDescription {
        LimitDescription(name: name, value: .count(path), allowed: allowed, effect: effect)
    }

    static func time(
        _ name: String, _ path: any WritableKeyPath<Limits, Interval> & Sendable,
        _ allowed: ClosedRange<Interval>, _ effect: String
    ) -> LimitDescription {
        let nanoseconds = allowed.lowerBound.nanoseconds...allowed.upperBound.nanoseconds
        return LimitDescription(
            name: name, value: .time(path), allowed: nanoseconds, effect: effect)
    }
}

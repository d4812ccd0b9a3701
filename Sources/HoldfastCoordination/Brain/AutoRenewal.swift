internal import HoldfastBase
internal import HoldfastNode

/// A grant that the server renews for a caller whose library does not.
struct AutoRenewal: Sendable {
    var names: [String]
    var ttlMilliseconds: UInt64
    var interval: Interval
    /// `never` without a longest time.
    var until: Instant
    /// It ends with this connection.
    var connection: ConnectionID
    /// When it is renewed next: other timers are of an earlier one.
    var due: Instant
}

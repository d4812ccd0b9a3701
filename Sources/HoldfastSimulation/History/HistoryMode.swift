/// Whether a grant stands beside others.
package enum HistoryMode: String, Hashable, Sendable {
    /// Alone.
    case exclusive
    /// With other shared grants.
    case shared

    /// Whether two grants of one lock must not be held at the same time.
    package func conflicts(with other: HistoryMode) -> Bool {
        self == .exclusive || other == .exclusive
    }
}

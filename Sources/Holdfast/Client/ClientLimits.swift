/// Bounds of the client library.
enum ClientLimits {
    /// How large the list of a session's grants may become; answers have 1 MiB. More: the next shared
    /// session is opened, and a session of one's own refuses.
    static let sessionListingBytesMax = 768 << 10
    /// Events kept for logs and metrics that do not take them in time. More: the oldest are dropped.
    static let journalEventsMax = 1024
    /// Sessions lost one after the other before an acquire gives up.
    static let sessionsTriedMax = 8
    /// Waiters of one local lock. More: `HoldfastError` with code exhausted.
    static let localWaitersMax = 100_000
    /// Locks of one registry. More: `HoldfastError` with code exhausted.
    static let registryLocksMax = 100_000
}

/// Why a held call is not wanted any more.
package enum HeldCallEnd: Sendable, Hashable {
    /// The caller cancelled. It waits for the one answer, which is the holder's to give: CANCELLED,
    /// or OK where the work was done before it heard.
    case cancelled
    /// DEADLINE_EXCEEDED was answered.
    case deadlinePassed
    /// The server drains, and a parked call was answered UNAVAILABLE.
    case drained
    /// The caller takes the elements of its stream too slowly: RESOURCE_EXHAUSTED was answered.
    case slowConsumer
    /// An element was larger than the caller takes: RESOURCE_EXHAUSTED was answered.
    case elementTooLarge
    /// The connection has ended; nobody is left to be answered.
    case disconnected
}

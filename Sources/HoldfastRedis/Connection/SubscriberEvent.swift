/// What a subscription has to tell, in the order in which it happened.
package enum SubscriberEvent: Hashable, Sendable {
    /// Messages come from now on; those since the last `closed` were missed.
    case subscribed
    case message([UInt8])
    /// No messages come until the next `subscribed`, which follows by itself unless the session was
    /// stopped.
    case closed(NodeCloseReason)
}

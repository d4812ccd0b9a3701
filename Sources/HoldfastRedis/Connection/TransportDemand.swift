/// What a machine wants of its transport.
package enum TransportDemand: Hashable, Sendable {
    /// Close what is open, if anything, and open a new one: then say `connected` or `closed`.
    case connect
    /// Close what is open and say nothing of it.
    case close
}

/// Whether a node takes writes of its own or follows another.
package enum NodeRole: Hashable, Sendable {
    case master
    case replica
    /// Not told, or neither: a sentinel.
    case unknown
}

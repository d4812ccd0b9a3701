package import HoldfastBase

/// Something that was still there when everybody had gone.
package struct ResidualFact: Hashable, Sendable {
    package enum Place: Hashable, Sendable {
        /// A Redis node, or one in memory; from 0.
        case node(Int)
        /// A server process; from 0.
        case server(Int)
        case client(UInt32)
    }

    package enum Kind: String, CaseIterable, Hashable, Sendable {
        // What serves somebody: it must be gone.
        case holder, waiter, session, watch, call, timer, connection
        // What remembers something for a while: it may be there when it will be gone in time.
        case tombstone, freeLock
        // What a node is, whatever was done with it.
        case gate, changeLog
        // A key or thing that the reader of the node did not know.
        case other
    }

    package var place: Place
    package var kind: Kind
    /// The lock, session or key it belongs to.
    package var name: String
    /// When it goes by itself; nil for never.
    package var expiresIn: Interval?

    package init(_ place: Place, _ kind: Kind, _ name: String, expiresIn: Interval? = nil) {
        self.place = place
        self.kind = kind
        self.name = name
        self.expiresIn = expiresIn
    }
}

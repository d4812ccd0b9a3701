package import HoldfastBase

/// What an operator sees of a connection.
package struct ConnectionDescription: Sendable {
    package let peer: ServerContext.Peer
    package let age: Interval
    package let idle: Interval
    package let activeStreams: Int
    package let parkedStreams: Int
    package let callsTotal: UInt64
    package let bytesIn: UInt64
    package let bytesOut: UInt64
    package let bytesQueued: Int
    package let state: String
}

/// What an operator sees of an open call.
package struct StreamDescription: Sendable {
    package let connection: UInt64
    package let stream: UInt32
    package let method: String
    package let age: Interval
    package let remaining: Interval?
    package let isParked: Bool
    package let isCancelled: Bool
}

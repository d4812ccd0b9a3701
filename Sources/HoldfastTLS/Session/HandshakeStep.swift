/// What came of driving a handshake.
package enum HandshakeStep: Hashable, Sendable {
    /// The session is open: a protocol is agreed and the peer is who it says.
    case complete
    /// Call again when the descriptor is readable.
    case wantRead
    /// Call again when the descriptor is writable.
    case wantWrite
    /// Over. The alert, if any, has been written; close the descriptor.
    case failed(TLSFailure)
}

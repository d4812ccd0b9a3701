/// What came of reading from or writing to an open session.
package enum TransferStep: Hashable, Sendable {
    /// So many bytes were read or taken; never 0.
    case bytes(Int)
    /// Nothing now: call again when the descriptor is readable. A write can answer this too.
    case wantRead
    /// Nothing now: call again when the descriptor is writable. A read can answer this too.
    case wantWrite
    /// The peer has said that it sends no more. On a server also the bare end of the stream, for
    /// the frames above show what is missing.
    case closed
    /// Over, at once and for good; close the descriptor.
    case failed(TLSFailure)
}

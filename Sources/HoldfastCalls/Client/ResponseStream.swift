public import HoldfastWireProtocol

/// The elements of a server stream, in order.
///
/// The call begins with the iteration and ends with it: leaving the loop, or cancelling the task,
/// tells the server. No more elements are on their way at once than the call's credit, so a slow
/// reader costs neither end memory. Can be iterated once.
public struct ResponseStream<Element: WireMessage>: AsyncSequence, Sendable {
    /// Errors of the iteration.
    public typealias Failure = RPCError

    private let start: @Sendable (StreamBuffer<Element>) -> Void
    private let credit: Int

    /// A stream that `start` feeds.
    package init(credit: Int, start: @escaping @Sendable (StreamBuffer<Element>) -> Void) {
        self.credit = credit < 1 ? 1 : credit
        self.start = start
    }

    /// Begins the call.
    public func makeAsyncIterator() -> Iterator {
        let buffer = StreamBuffer<Element>(credit: credit)
        start(buffer)
        return Iterator(lease: StreamLease(buffer: buffer))
    }

    /// Takes the elements one by one.
    public struct Iterator: AsyncIteratorProtocol {
        let lease: StreamLease<Element>

        /// The next element, or `nil` at the end.
        public mutating func next() async throws(RPCError) -> Element? {
            try await lease.buffer.next()
        }

        /// The next element, or `nil` at the end.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(RPCError) -> Element? {
            try await lease.buffer.next()
        }
    }
}

/// Ends the call when the last copy of the iterator is gone: leaving a `for await` loop early has no
/// other sign.
final class StreamLease<Element: WireMessage>: Sendable {
    let buffer: StreamBuffer<Element>

    init(buffer: StreamBuffer<Element>) {
        self.buffer = buffer
    }

    deinit {
        buffer.abandon()
    }
}

/// The states of a guard, as they change: first the one at the beginning, last lost or released.
///
/// A slow reader skips states in between and never the last. Any number may watch one guard.
public struct GuardStates: AsyncSequence, Sendable {
    /// One of the states.
    public typealias Element = GuardState
    /// It never fails.
    public typealias Failure = Never

    let core: GuardCore

    /// Begins to watch.
    public func makeAsyncIterator() -> Iterator {
        Iterator(core: core, changes: core.changes().makeAsyncIterator())
    }

    /// Takes the states one by one.
    public struct Iterator: AsyncIteratorProtocol {
        let core: GuardCore
        var changes: AsyncStream<Void>.Iterator
        var last: GuardState?

        /// The next state, or `nil` at the end.
        public mutating func next() async -> GuardState? {
            await next(isolation: #isolation)
        }

        /// The next state, or `nil` at the end.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> GuardState? {
            if let last, !last.isHeld { return nil }
            while true {
                let state = core.state
                if state != last {
                    last = state
                    return state
                }
                // The end comes with a last state that has not been told yet, or by cancellation.
                if await changes.next(isolation: actor) == nil, core.state == last { return nil }
            }
        }
    }
}

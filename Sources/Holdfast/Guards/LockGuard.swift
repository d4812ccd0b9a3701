package import HoldfastBase

/// A lock, or several, that are held: until they are given back, or lost.
///
/// It is renewed by the client's own thread, whatever the program does. A guard of `withLock` is given
/// back when its body ends; one of `acquire` by `release`, and by nothing else: a guard that is forgotten
/// is renewed for ever.
public final class LockGuard: Sendable {
    private let core: GuardCore
    private let desk: LockDesk

    init(_ core: GuardCore, _ desk: LockDesk) {
        self.core = core
        self.desk = desk
    }

    /// The names of the locks, as they were asked for.
    public var names: [String] { core.wish.names }

    /// The first of the names.
    public var name: String { names[0] }

    /// Larger than the fence of every exclusive grant of these names before: give it to what you change,
    /// and have that refuse smaller ones.
    public var fence: UInt64 { core.fence }

    /// How many nodes had the grant when it was made.
    public var strength: Int { core.strength }

    /// Whether others may hold the locks too.
    public var isShared: Bool { core.wish.kind == .shared }

    /// Where it stands.
    public var state: GuardState { core.state }

    /// Whether the holder may go on.
    public var isHeld: Bool { core.state.isHeld }

    /// How long the grant is counted on unless it is renewed; zero when it is over.
    public var remaining: Duration { core.remaining.duration }

    /// Until when it is counted on.
    package var deadline: Instant { core.deadline }

    /// The states, as they change.
    public var states: GuardStates { GuardStates(core: core) }

    /// Throws `LockLost` when the grant is not held any more: to be called before each step that must
    /// not be done twice. It looks at the clock and asks nobody.
    public func check() throws { try core.check() }

    /// Gives the locks back; a second call does nothing.
    ///
    /// Throws `LockLost` when they were lost before, and a `HoldfastError` when no server has answered
    /// in time: the release then goes on in the background. Cancellation does not end it.
    public func release() async throws { try await desk.release(core) }
}

internal import HoldfastBase
internal import HoldfastWire
internal import Synchronization

/// The lead of an election: until it is given up, or lost.
public final class LeaderTerm: Sendable {
    private let core: GuardCore
    private let desk: LockDesk
    private let said: Mutex<[UInt8]>

    init(_ core: GuardCore, _ desk: LockDesk, value: [UInt8]) {
        self.core = core
        self.desk = desk
        said = Mutex(value)
    }

    /// The election.
    public var election: String { core.wish.names[0] }

    /// The number of the term: larger than that of every term before.
    public var fence: UInt64 { core.fence }

    /// What the leader says.
    public var value: [UInt8] { said.withLock { $0 } }

    /// Where it stands.
    public var state: GuardState { core.state }

    /// Whether the leader may go on.
    public var isHeld: Bool { core.state.isHeld }

    /// How long the lead is counted on unless it is renewed; zero when it is over.
    public var remaining: Duration { core.remaining.duration }

    /// The states, as they change.
    public var states: GuardStates { GuardStates(core: core) }

    /// Throws `LockLost` when the caller does not lead any more.
    public func check() throws { try core.check() }

    /// Says something else.
    public func proclaim(_ value: [UInt8]) async throws {
        try core.check()
        do throws(RPCError) {
            _ = try await desk.elections.proclaim(
                ProclaimRequest(
                    election: core.wish.wireNames[0], key: core.id.bytes, value: value))
        } catch {
            if error.reason == "LOCK_NOT_OWNER" { core.keeper?.doubt() }
            throw HoldfastError(error)
        }
        said.withLock { $0 = value }
    }

    /// Gives up the lead; see `LockGuard.release`.
    public func resign() async throws { try await desk.release(core) }
}

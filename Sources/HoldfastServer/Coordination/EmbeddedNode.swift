internal import HoldfastBase
internal import HoldfastCoordination
internal import HoldfastNode

/// The node in this process, which serves where no Redis is configured: every command is done at
/// once. Nothing of it survives the process, and each start is a new life.
@safe
final class EmbeddedNode: NodeDriver {
    /// Behind a pointer, as the brain is in its driver.
    private let node: UnsafeMutablePointer<MemoryNode>
    private unowned let driver: BrainDriver
    private(set) var commandsTotal: UInt64 = 0
    let readiness: NodeReadiness?

    init(_ driver: BrainDriver, marker: UInt64) {
        self.driver = driver
        unsafe node = .allocate(capacity: 1)
        unsafe node.initialize(to: MemoryNode())
        readiness = NodeReadiness(marker: marker, isDurable: false)
    }

    deinit {
        unsafe node.deinitialize(count: 1)
        unsafe node.deallocate()
    }

    var address: String { "memory" }
    var commandsOpen: Int { 0 }
    var owesSince: Instant? { nil }

    func begin() {
        if let readiness { driver.nodeConnected(0, readiness) }
    }

    func end() {}

    func send(
        _ command: NodeCommand, tag: UInt64, expecting gate: GateIdentity, at moment: Moment
    ) -> NodeReply? {
        commandsTotal &+= 1
        return unsafe node.pointee.execute(
            command, expecting: gate, microseconds: moment.wallMicroseconds)
    }

    /// It has no facts that change.
    func inspect() {}

    var hasWakes: Bool { unsafe node.pointee.peekWakes() }

    /// The hints of the commands since they were taken last.
    func takeWakes() -> [Wake] { unsafe node.pointee.takeWakes() }
}

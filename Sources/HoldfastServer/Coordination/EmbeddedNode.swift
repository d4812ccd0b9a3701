internal import HoldfastBase
internal import HoldfastCoordination
internal import HoldfastNode

/// The node in this process, which serves where no Redis is configured: every command is done at
/// once. Nothing of it survives the process, and each start is a new life.
struct EmbeddedNode {
    private var node = MemoryNode()
    private(set) var commands: UInt64 = 0
    let readiness: NodeReadiness

    init(marker: UInt64) {
        readiness = NodeReadiness(marker: marker, isDurable: false)
    }

    mutating func execute(
        _ command: NodeCommand, expecting gate: GateIdentity, at moment: Moment
    ) -> NodeReply {
        commands &+= 1
        return node.execute(command, expecting: gate, microseconds: moment.wallMicroseconds)
    }

    var hasWakes: Bool { node.hasWakes }

    mutating func takeWakes() -> [Wake] { node.takeWakes() }
}

import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// A `MemoryNode` as a node of a world. What Redis refuses in a bad state is refused here with its
/// words.
final class MemorySimulatedNode: SimulatedNode {
    var condition = NodeCondition()
    private var node = MemoryNode()
    private var snapshot = MemoryNode()
    private(set) var burials = BurialWatch()

    func execute(
        _ command: NodeCommand, gate: GateIdentity, microseconds: UInt64
    ) -> NodeReply {
        if condition.isBusy { return .failed(.refusedByNode("BUSY")) }
        if condition.isReadOnly, Self.writes(command) {
            return .failed(.refusedByNode("READONLY"))
        }
        if condition.isOutOfMemory, Self.grows(command) {
            return .failed(.refusedByNode("OOM"))
        }
        let reply = node.execute(command, expecting: gate, microseconds: microseconds)
        burials.saw(command, reply, microseconds: microseconds)
        return reply
    }

    func takeWakes() -> [Wake] { node.hasWakes ? node.takeWakes() : [] }

    func marker(life: UInt64) -> UInt64 { life }

    func disconnected(_ connection: Int) {}

    func setEvicting(_ isEvicting: Bool) {
        guard isEvicting else { return }
        node.evict()
        burials.forget()
    }

    func restart(_ memory: NodeMemory, life: UInt64) {
        switch memory {
        case .kept: break
        case .rolledBack: node = snapshot
        case .lost: node = MemoryNode()
        }
        if memory != .kept { burials.forget() }
        condition.isBusy = false
    }

    func keepSnapshot() { snapshot = node }

    func wipe() {
        node = MemoryNode()
        burials.forget()
    }

    /// It has none.
    func flushScripts() {}

    func gate(microseconds: UInt64) -> Gate? { node.gate }

    /// What it holds of these locks, for the world only; nil when it does not say.
    func grants(of names: [String], microseconds: UInt64) -> Set<UInt64>? {
        guard let gate = node.gate else { return [] }
        var copy = node
        let reply = copy.execute(
            .read(names: names), expecting: gate.identity, microseconds: microseconds)
        guard case .locks(let locks) = reply else { return nil }
        return Set(locks.flatMap(\.grants).flatMap(\.joined).map(\.low))
    }

    var isLearning: Bool { node.registers.isLearning }

    func registers(among names: [String]) -> RegisterResidue {
        let registers = node.registers
        var left = RegisterResidue()
        left.isLearning = registers.isLearning
        left.others = registers.count
        for name in names {
            guard let copy = registers[name] else { continue }
            left.others -= 1
            if copy.accepted != .zero { left.valued.insert(name) }
        }
        if case .names(let listed, _) = registers.names(prefix: "", after: "", limit: 1000) {
            left.listed = Set(listed)
        }
        return left
    }

    func residue(node index: Int, microseconds: UInt64) -> [ResidualFact] {
        let living = node.living(microseconds: microseconds)
        let contents = node.contents
        let found: [(ResidualFact.Kind, Int)] = [
            (.holder, living.held), (.waiter, living.waiters), (.session, contents.sessions),
            (.tombstone, contents.tombstones),
        ]
        return found.filter { $0.1 > 0 }.map {
            ResidualFact(.node(index), $0.0, "\($0.1) of them")
        }
    }

    private static func writes(_ command: NodeCommand) -> Bool {
        switch command {
        case .read, .queue, .list, .readGate, .listGrants, .changes: false
        case .register(_, .read), .listRegisters, .copyRegisters: false
        default: true
        }
    }

    private static func grows(_ command: NodeCommand) -> Bool {
        switch command {
        case .acquire, .seed, .form, .admit, .keepAlive(_, _, create: true), .learn: true
        case .register(_, .prepare), .register(_, .accept): true
        case .release(let step): step.next != nil
        default: false
        }
    }
}

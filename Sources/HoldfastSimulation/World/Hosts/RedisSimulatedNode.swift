import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import HoldfastRedis

/// A Redis node of a world: the model of Redis, which runs the shipped scripts. It reads and writes
/// the bytes of its connections.
final class RedisSimulatedNode: SimulatedNode {
    /// Connections on which a server is woken have numbers of their own.
    private static let hintBase = 1 << 40

    var condition = NodeCondition() {
        didSet {
            model.faults.isOutOfMemory = condition.isOutOfMemory
            model.faults.isReadOnly = condition.isReadOnly
            model.faults.isBusy = condition.isBusy
        }
    }
    private let model: RedisModel
    private var snapshot: RedisSnapshot
    private var readers: [Int: RedisRequestReader] = [:]
    /// The scripts by their digests.
    private let scripts: [[UInt8]: NodeScript]
    private(set) var burials = BurialWatch()

    init(life: UInt64, isDurable: Bool, lua: LuaEngine) {
        var settings = RedisSettings()
        settings.isAppendOnly = isDurable
        // The shipped scripts end.
        settings.scriptInstructionsMax = 0
        settings.appendFsync = isDurable ? "always" : "everysec"
        let set = NodeScript.set
        scripts = Dictionary(
            NodeScript.allCases.map { (Array(set[$0.rawValue].digest.utf8), $0) },
            uniquingKeysWith: { first, _ in first })
        model = RedisModel(runID: Self.runID(life), settings: settings, lua: lua)
        snapshot = model.snapshot()
    }

    // MARK: Bytes

    /// One command that was carried out.
    struct Executed {
        let words: [[UInt8]]
        let value: RedisValue
        /// The script that it called.
        let script: NodeScript?
    }

    /// Bytes of a connection, in their order.
    func receive(_ bytes: [UInt8], connection: Int) {
        readers[connection, default: RedisRequestReader()].feed(bytes)
    }

    /// Whether a connection has sent something that is no command.
    func isBroken(_ connection: Int) -> Bool { readers[connection]?.isBroken ?? false }

    /// Carries out the next command of a connection, if one is whole.
    func executeNext(connection: Int, microseconds: UInt64, isLoading: Bool) -> Executed? {
        guard let words = readers[connection]?.next() else { return nil }
        model.faults.isLoading = isLoading
        let value = model.execute(words, connection: connection, nowMicroseconds: microseconds)
        let script = words.count > 1 ? scripts[words[1]] : nil
        if let script, let command = Self.command(script, words) {
            burials.saw(command, script.reply(value), microseconds: microseconds)
        }
        return Executed(words: words, value: value, script: script)
    }

    /// As much of a step as its words tell of what is buried: the grant and the claim.
    private static func command(_ script: NodeScript, _ words: [[UInt8]]) -> NodeCommand? {
        guard script == .acquire || script == .release, words.count > 2,
            let keys = Int(String(decoding: words[2], as: UTF8.self)), words.count > 5 + keys
        else { return nil }
        let id = words[4 + keys]
        guard let grant = unsafe GrantID(id.span.bytes) else { return nil }
        let word = words[5 + keys]
        if script == .acquire {
            var step = AcquireStep(names: [], grant: grant)
            step.claim = UInt64(String(decoding: word, as: UTF8.self)) ?? 0
            return .acquire(step)
        }
        var step = ReleaseStep(names: [], grant: grant)
        step.isBuried = word.first == UInt8(ascii: "b")
        step.claim = UInt64(String(decoding: word.dropFirst(2), as: UTF8.self)) ?? 0
        return .release(step)
    }

    // MARK: Hints

    /// Subscribes a server to what wakes it, for as long as its connection stands.
    func subscribe(_ server: ServerID, connection: Int) {
        _ = model.execute(
            [Array("SUBSCRIBE".utf8), NodeKeys.wakeChannel(of: server)],
            connection: connection + Self.hintBase, nowMicroseconds: 0)
    }

    func takeWakes() -> [Wake] {
        guard model.hasMessages else { return [] }
        return model.takeMessages().compactMap { message in
            guard case .array(let parts) = message.value, parts.count == 3,
                case .bulk(let channel) = parts[1], case .bulk(let name) = parts[2],
                let server = ServerID(
                    String(
                        decoding: channel.dropFirst(NodeKeys.wakePrefix.utf8.count), as: UTF8.self))
            else { return nil }
            return Wake(server: server, name: String(decoding: name, as: UTF8.self))
        }
    }

    /// What it sent before may still come, and is read then.
    func disconnected(_ connection: Int) {
        model.disconnect(connection + Self.hintBase)
    }

    // MARK: What happens to it

    func restart(_ memory: NodeMemory, life: UInt64) {
        model.restart(keepingData: memory != .lost, runID: Self.runID(life))
        if memory == .rolledBack { model.roll(backTo: snapshot) }
        readers = [:]
        if memory != .kept { burials.forget() }
        condition.isBusy = false
    }

    func keepSnapshot() { snapshot = model.snapshot() }
    func wipe() {
        model.wipe()
        burials.forget()
    }
    func flushScripts() { model.flushScripts() }

    func setEvicting(_ isEvicting: Bool) {
        model.settings.evictionPolicy = isEvicting ? "allkeys-lru" : "noeviction"
        guard isEvicting else { return }
        burials.forget()
        for key in model.dataset.keys where key.bytes != Array(NodeKeys.gate.utf8) {
            model.dataset.remove(key)
        }
    }

    // MARK: For the world only

    func marker(life: UInt64) -> UInt64 {
        let id = Self.runID(life)
        return NodeReadiness(NodeFacts(runID: id, replicationID: id)).marker
    }

    private static func runID(_ life: UInt64) -> String {
        let digits = String(life, radix: 16)
        return String(repeating: "0", count: 40 - digits.count) + digits
    }

    func gate(microseconds: UInt64) -> Gate? {
        guard
            case .string(let bytes)? = model.dataset[RedisBytes(Array(NodeKeys.gate.utf8))]?.object,
            case .gate(let gate, _) = NodeScript.readGate.reply(.bulk([0x30] + bytes))
        else { return nil }
        return gate
    }

    var isLearning: Bool {
        guard case .string(let mark)? = self["hf1:rf"] else { return false }
        return mark.first == UInt8(ascii: "l")
    }

    private subscript(name: String) -> RedisObject? {
        model.dataset[RedisBytes(Array(name.utf8))]?.object
    }

    func registers(among names: [String]) -> RegisterResidue {
        var left = RegisterResidue()
        left.isLearning = isLearning
        let known = Set(names)
        for key in model.dataset.keys {
            let name = String(decoding: key.bytes, as: UTF8.self)
            guard name.hasPrefix(NodeKeys.registerPrefix),
                case .string(let bytes)? = model.dataset[key]?.object
            else { continue }
            let register = String(name.dropFirst(NodeKeys.registerPrefix.count))
            guard known.contains(register) else {
                left.others += 1
                continue
            }
            let fields = bytes.split(separator: UInt8(ascii: " "), maxSplits: 5)
            if fields.count > 4, fields[4] != [UInt8(ascii: "0")] { left.valued.insert(register) }
        }
        if case .sortedSet(let set)? = self["hf1:rz"] {
            left.listed = Set(set.members.map { String(decoding: $0.name.bytes, as: UTF8.self) })
        }
        return left
    }

    func residue(node index: Int, microseconds: UInt64) -> [ResidualFact] {
        RedisResidue.read(model.dataset, milliseconds: Int64(clamping: microseconds / 1000)).map {
            ResidualFact(.node(index), $0.kind, $0.name, expiresIn: $0.expiresIn)
        }
    }
}

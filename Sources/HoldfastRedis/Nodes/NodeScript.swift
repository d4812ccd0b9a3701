/// The scripts that a server calls on a Redis node: one for each `NodeCommand`.
package enum NodeScript: Int, CaseIterable, Sendable {
    case acquire
    case release
    case raise
    case renew
    case change
    case propose
    case keepAlive
    case closeSession
    case listGrants
    case seed
    case sweep
    case read
    case queue
    case list
    case heartbeat
    case changes
    case form
    case raiseEpoch
    case admit
    case confirm
    case readGate
    case readRegister
    case prepare
    case accept
    case collect
    case listRegisters
    case dueRegisters
    case copyRegisters
    case learn
    case endLearning

    #if !HOLDFAST_PLANTS
        /// All of them, each at the place of its raw value.
        package static let set = ScriptSet(
            allCases.map { RedisScript(name: $0.name, source: $0.source) })
    #endif

    /// The text, in plain Lua 5.1 but for its first line, which is for Redis (`#!lua …`).
    package var source: String {
        switch self {
        case .acquire: NodeScriptText.acquire
        case .release: NodeScriptText.release
        case .raise: NodeScriptText.raise
        case .renew: NodeScriptText.renew
        case .change: NodeScriptText.change
        case .propose: NodeScriptText.propose
        case .keepAlive: NodeScriptText.keepalive
        case .closeSession: NodeScriptText.closesession
        case .listGrants: NodeScriptText.listgrants
        case .seed: NodeScriptText.seed
        case .sweep: NodeScriptText.sweep
        case .read: NodeScriptText.read
        case .queue: NodeScriptText.queue
        case .list: NodeScriptText.list
        case .heartbeat: NodeScriptText.heartbeat
        case .changes: NodeScriptText.changes
        case .form: NodeScriptText.form
        case .raiseEpoch: NodeScriptText.raiseepoch
        case .admit: NodeScriptText.admit
        case .confirm: NodeScriptText.confirm
        case .readGate: NodeScriptText.readgate
        case .readRegister: NodeScriptText.readregister
        case .prepare: NodeScriptText.prepare
        case .accept: NodeScriptText.accept
        case .collect: NodeScriptText.collect
        case .listRegisters: NodeScriptText.listregisters
        case .dueRegisters: NodeScriptText.dueregisters
        case .copyRegisters: NodeScriptText.copyregisters
        case .learn: NodeScriptText.learn
        case .endLearning: NodeScriptText.endlearning
        }
    }

    /// As its file is called.
    package var name: String { String(describing: self).lowercased() }
}

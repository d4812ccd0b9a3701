internal import HoldfastRedis

/// The scripts of all nodes of a simulation, each compiled once, and the state that runs them.
///
/// Nodes may share it because scripts leave nothing behind: their globals cannot be written, and
/// each run begins with the script's own function. It belongs to one thread.
package final class LuaEngine {
    /// A compiled script, and what its first line says.
    private struct Ready {
        let digest: RedisBytes
        let body: [UInt8]
        let head: ScriptHead
        let script: LuaHost.Script
    }

    private let host: LuaHost
    private let target = LuaTarget()
    private var scripts: [RedisBytes: Ready] = [:]
    /// By the number of bytes: nodes load the same few long texts again and again.
    private var sizes: [Int: [RedisBytes]] = [:]

    package init() {
        host = LuaHost(target: target)
    }

    /// The digest of a script that is ready to run.
    func compile(_ body: [UInt8]) throws(RedisFailure) -> RedisBytes {
        for digest in sizes[body.count] ?? [] where scripts[digest]?.body == body { return digest }
        let digest = RedisBytes(LuaHost.digest(of: body))
        let head = try ScriptHead(body)
        let script = try host.compile(Array(body[head.byteCount...]))
        scripts[digest] = Ready(digest: digest, body: body, head: head, script: script)
        sizes[body.count, default: []].append(digest)
        return digest
    }

    /// Runs a script that was compiled before, whose commands go to the node.
    func run(
        _ digest: RedisBytes, keys: ArraySlice<[UInt8]>, arguments: ArraySlice<[UInt8]>,
        on model: RedisModel
    ) throws(RedisFailure) -> RedisValue {
        guard let ready = scripts[digest] else { throw .noScript }
        try ready.head.admit(model.faults, model.settings)
        model.scriptHead = ready.head
        target.model = model
        defer { target.model = nil }
        return host.run(
            ready.script, name: digest.bytes, keys: keys, arguments: arguments,
            instructionsMax: model.settings.scriptInstructionsMax)
    }
}

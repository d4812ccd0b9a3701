internal import HoldfastRedis

/// The scripts of all nodes of a simulation, each compiled once, and the state that runs them.
///
/// Nodes may share it because scripts leave nothing behind: their globals cannot be written, and
/// each run begins with the script's own function. It belongs to one thread.
package final class LuaEngine {
    private let host: LuaHost
    private let target = LuaTarget()
    private var scripts: [RedisBytes: LuaHost.Script] = [:]

    package init() {
        host = LuaHost(target: target)
    }

    /// The digest of a script that is ready to run.
    func compile(_ body: [UInt8]) throws(RedisFailure) -> RedisBytes {
        let digest = RedisBytes(LuaHost.digest(of: body))
        if scripts[digest] == nil { scripts[digest] = try host.compile(body) }
        return digest
    }

    /// Runs a script that was compiled before, whose commands go to the node.
    func run(
        _ digest: RedisBytes, keys: ArraySlice<[UInt8]>, arguments: ArraySlice<[UInt8]>,
        on model: RedisModel
    ) -> RedisValue {
        guard let script = scripts[digest] else { return .error(RedisFailure.noScript.text) }
        target.model = model
        defer { target.model = nil }
        return host.run(
            script, name: digest.bytes, keys: keys, arguments: arguments,
            instructionsMax: model.settings.scriptInstructionsMax)
    }
}

/// Where the commands of the script under way go.
@safe final class LuaTarget {
    /// The node whose script runs.
    var model: RedisModel?
    /// The state that runs it, for the answers.
    var host: OpaquePointer?
}

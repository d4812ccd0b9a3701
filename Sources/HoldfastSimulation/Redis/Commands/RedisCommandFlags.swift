/// When a command may be called.
struct RedisCommandFlags: OptionSet, Sendable {
    let rawValue: UInt16

    static let writes = RedisCommandFlags(rawValue: 1)
    static let deniedWithoutMemory = RedisCommandFlags(rawValue: 2)
    static let outsideScripts = RedisCommandFlags(rawValue: 4)
    static let whileStale = RedisCommandFlags(rawValue: 8)
    static let whileLoading = RedisCommandFlags(rawValue: 16)
    static let withoutAuthentication = RedisCommandFlags(rawValue: 32)
    static let whileSubscribed = RedisCommandFlags(rawValue: 64)

    /// Writes, and may need memory.
    static let grows: RedisCommandFlags = [.writes, .deniedWithoutMemory]
    /// What a node answers about itself, whatever state it is in.
    static let always: RedisCommandFlags = [.whileStale, .whileLoading]
}

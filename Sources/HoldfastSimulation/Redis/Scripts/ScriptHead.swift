/// The first line of a script, where it is for Redis: `#!lua flags=allow-oom`.
///
/// A script with such a line is refused before its first step or not at all; one without may be
/// stopped at any command.
struct ScriptHead {
    /// Whether there is such a line.
    private(set) var isPresent = false
    private(set) var allowsOutOfMemory = false
    private(set) var isReadOnly = false
    private(set) var allowsStale = false
    /// Bytes before the text in Lua, which begins with the end of the line.
    private(set) var byteCount = 0

    init(_ body: [UInt8]) throws(RedisFailure) {
        guard body.starts(with: "#!".utf8) else { return }
        guard let end = body.firstIndex(of: 10) else {
            throw RedisFailure("ERR Invalid script shebang")
        }
        isPresent = true
        byteCount = end
        let line = String(decoding: body[2..<end], as: UTF8.self)
        let parts = line.split(separator: " ")
        guard let engine = parts.first, engine == "lua" else {
            throw RedisFailure(
                "ERR Unexpected engine in script shebang: #!\(parts.first.map(String.init) ?? "")")
        }
        for part in parts.dropFirst() {
            guard part.hasPrefix("flags=") else {
                throw RedisFailure("ERR Unknown lua shebang option: \(part)")
            }
            for flag in part.dropFirst(6).split(separator: ",") { try take(String(flag)) }
        }
    }

    private mutating func take(_ flag: String) throws(RedisFailure) {
        switch flag {
        case "allow-oom": allowsOutOfMemory = true
        case "no-writes": isReadOnly = true
        case "allow-stale": allowsStale = true
        case "no-cluster": break
        default: throw RedisFailure("ERR Unexpected flag in script shebang: \(flag)")
        }
    }

    /// Refuses a script before it begins, in the order in which Redis looks for reasons.
    func admit(_ faults: RedisFaults, _ settings: RedisSettings) throws(RedisFailure) {
        guard isPresent else {
            if faults.isMasterDown { throw .masterDown }
            return
        }
        if faults.isMasterDown, !allowsStale {
            throw RedisFailure(
                "MASTERDOWN Link with MASTER is down, replica-serve-stale-data is set to 'no' and"
                    + " 'allow-stale' flag is not set on the script.")
        }
        if !isReadOnly, faults.isReplica {
            throw RedisFailure("READONLY Can not run script with write flag on readonly replica.")
        }
        if !isReadOnly, faults.isDiskFailing {
            throw RedisFailure(
                settings.isAppendOnly
                    ? "MISCONF Redis is configured to persist data to AOF, but it's currently unable"
                        + " to persist to disk. Writable scripts are blocked. Use 'no-writes' flag"
                        + " for read only scripts. AOF error: No space left on device"
                    : "MISCONF Redis is configured to save RDB snapshots, but it's currently unable"
                        + " to persist to disk. Writable scripts are blocked. Use 'no-writes' flag"
                        + " for read only scripts.")
        }
        if faults.isOutOfMemory, !allowsOutOfMemory, !isReadOnly {
            throw RedisFailure(
                "OOM allow-oom flag is not set on the script, can not run it when used memory >"
                    + " 'maxmemory'")
        }
    }
}

/// An error that a command answers with: its class, a space and the message.
struct RedisFailure: Error {
    let text: [UInt8]

    init(_ text: String) {
        self.text = Array(text.utf8)
    }

    init(bytes: [UInt8]) {
        text = bytes
    }

    static let wrongType = RedisFailure(
        "WRONGTYPE Operation against a key holding the wrong kind of value")
    static let notAnInteger = RedisFailure("ERR value is not an integer or out of range")
    static let notAFloat = RedisFailure("ERR value is not a valid float")
    static let syntax = RedisFailure("ERR syntax error")
    static let noKey = RedisFailure("ERR no such key")
    static let overflow = RedisFailure("ERR increment or decrement would overflow")
    static let noScript = RedisFailure("NOSCRIPT No matching script. Please use EVAL.")
    static let readOnly = RedisFailure("READONLY You can't write against a read only replica.")
    static let outOfMemory = RedisFailure(
        "OOM command not allowed when used memory > 'maxmemory'.")
    static let loading = RedisFailure("LOADING Redis is loading the dataset in memory")
    static let busy = RedisFailure(
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.")
    static let masterDown = RedisFailure(
        "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.")
    static let noAuthentication = RedisFailure("NOAUTH Authentication required.")
    static let wrongPassword = RedisFailure(
        "WRONGPASS invalid username-password pair or user is disabled.")
    static let cannotAppend = RedisFailure(
        "MISCONF Errors writing to the AOF file: No space left on device")
    static let cannotSave = RedisFailure(
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to"
            + " disk. Commands that may modify the data set are disabled, because this instance is"
            + " configured to report errors during writes if RDB snapshotting fails"
            + " (stop-writes-on-bgsave-error option). Please check the Redis logs for details about"
            + " the RDB error.")

    static func arity(_ command: String) -> RedisFailure {
        RedisFailure("ERR wrong number of arguments for '\(command)' command")
    }

    static func expiry(_ command: String) -> RedisFailure {
        RedisFailure("ERR invalid expire time in '\(command)' command")
    }
}

/// How a node is configured, as far as clients can see it.
package struct RedisSettings: Hashable, Sendable {
    package var evictionPolicy = "noeviction"
    package var isAppendOnly = false
    package var appendFsync = "everysec"
    /// What the default user must say; nil: nothing.
    package var password: [UInt8]?
    /// Instructions that one script may execute before it is stopped; 0: as many as it wants.
    package var scriptInstructionsMax: Int32 = 10_000_000

    package init() {}
}

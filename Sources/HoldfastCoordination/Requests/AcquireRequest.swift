package import HoldfastNode

/// A caller's wish for locks, all of them or none. Checked before it comes here.
package struct AcquireRequest: Hashable, Sendable {
    package var names: [String]
    /// Names the grant, and the request: a repeat is the same request.
    package var grant: GrantID
    package var session: SessionID?
    package var holder = ""
    package var mode = LockMode.exclusive
    package var isReentrant = false
    package var isFair = true
    /// How long the grant lives without a session; in a session it is not used.
    package var ttlMilliseconds: UInt64 = 30_000
    /// How long to wait where the lock is not free; 0 is a try.
    package var waitMilliseconds: UInt64 = 0
    /// For how long the caller has waited already, by an earlier sending of this request.
    package var waitedMilliseconds: UInt64 = 0
    /// Which sending of this request it is, by the same caller, where it waited as long: 0 is the
    /// first.
    package var attempt: UInt64 = 0
    package var maxHoldMilliseconds: UInt64 = 0
    package var minStrength = 0
    package var lockDelayMilliseconds: UInt64 = 0
    /// Renew for the caller, while its connection lives, so often; 0 is not at all.
    package var renewIntervalMilliseconds: UInt64 = 0
    package var value: [UInt8] = []

    package init(names: [String], grant: GrantID) {
        self.names = names
        self.grant = grant
    }

    /// Whether another request with the same id wants the same.
    func isRepeated(by other: AcquireRequest) -> Bool {
        mode == other.mode && session == other.session
            && names.elementsEqual(other.names) { NameKey($0) == NameKey($1) }
    }
}

internal import HoldfastBase

/// What a caller wants done to a key; what it does is a function of the record alone.
package struct KeyChange: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// - Parameter ttlMilliseconds: how long the value lasts; 0 is for ever.
        case put([UInt8], ttlMilliseconds: UInt64)
        case delete
        /// Changes nothing: what the key is, for a reader that met a change under way.
        case look
    }

    /// What the key must be for the change to be made.
    package enum Condition: Hashable, Sendable {
        case none
        case absent
        case present
        case version(UInt64)
    }

    package var kind: Kind
    package var condition = Condition.none
    package var guarding: KeyGuard?

    package init(_ kind: Kind, if condition: Condition = .none, guarding: KeyGuard? = nil) {
        self.kind = kind
        self.condition = condition
        self.guarding = guarding
    }

    /// Applies it, unless its condition does not hold.
    ///
    /// - Parameters:
    ///   - base: the number before the first version of a key that has no record: larger than all
    ///     versions of records that were there and are collected.
    func apply(
        to record: inout KeyRecord?, by operation: RequestID, base: UInt64, at moment: Moment
    ) -> KeyOutcome {
        let milliseconds = moment.wallMicroseconds / 1000
        if let guarding {
            if let refusal = guarding.refusal(by: record, at: moment.instant) { return refusal }
            var guarded = record ?? KeyRecord(version: base, value: nil, endedAt: milliseconds)
            guarded.note(guarding)
            // An earlier holder must find the fence for as long as its proof may count.
            if guarded.value == nil { guarded.expiresAt = max(guarded.expiresAt, milliseconds) }
            record = guarded
        }
        let present = record?.value(at: milliseconds).map {
            KeyView(
                version: record?.version ?? 0, value: $0, expiresAt: record?.expiresAt ?? 0,
                at: milliseconds)
        }
        guard holds(present) else { return .mismatch(present) }
        switch kind {
        case .look: return .value(present)
        case .put(let value, let ttl):
            let expiresAt = ttl == 0 ? 0 : milliseconds &+ ttl
            var changed = record ?? KeyRecord(version: base, value: nil)
            #if HOLDFAST_PLANTS
                if Plant.versionReset.isActive, changed.value == nil {
                    changed = KeyRecord(version: 1, value: nil)
                }
            #endif
            changed.change(to: value, expiresAt: expiresAt, by: operation)
            record = changed
        case .delete:
            guard present != nil else { return .value(nil) }
            record?.change(to: nil, expiresAt: milliseconds, by: operation)
        }
        return .applied(version: record?.version ?? 0)
    }

    private func holds(_ present: KeyView?) -> Bool {
        switch condition {
        case .none: true
        case .absent: present == nil
        case .present: present != nil
        case .version(let version): present?.version == version
        }
    }
}

/// A key that has a value.
package struct KeyView: Hashable, Sendable {
    package var version: UInt64
    package var value: [UInt8]
    /// How long the value lasts still; `nil` is for ever.
    package var remainingMilliseconds: UInt64?

    init(version: UInt64, value: [UInt8], expiresAt: UInt64, at milliseconds: UInt64) {
        self.version = version
        self.value = value
        remainingMilliseconds = expiresAt == 0 ? nil : expiresAt - min(expiresAt, milliseconds)
    }
}

/// What became of a request about a key.
package enum KeyOutcome: Hashable, Sendable {
    /// The change made this version, now or when it was first asked for.
    case applied(version: UInt64)
    /// The condition did not hold, and nothing was changed; what is there.
    case mismatch(KeyView?)
    case value(KeyView?)
    /// The guard is not that of the holder; under which fence the lock is held, 0 for none.
    case stale(holder: UInt64)
    /// Nobody has shown that the lock is so held. Nothing was changed.
    case unproved
    /// So many locks guard the key already.
    case tooManyGuards
    /// It may have been made, and nobody can say.
    case unknown
    /// Too few nodes, and nothing was changed.
    case unavailable
    /// The register holds something that no server of ours wrote.
    case malformed
}

internal import HoldfastCalls
internal import HoldfastWire

/// Keys with values that every reader sees alike, by whichever server.
///
/// Once a change is answered, no reader sees an older value. A change that gets no answer is sent again by
/// itself, and made once. Of several keys there is no common order.
///
/// ```swift
/// let store = client.store
/// let version = try await store.put("config/timeout", "30s")
/// try await store.put("config/timeout", "45s", if: .version(version))
/// print(try await store.get("config/timeout")?.text ?? "not set")
/// ```
public struct KeyStore: Sendable {
    let client: HoldfastClient

    // MARK: Reading

    /// The value of a key now; `nil` where it has none.
    ///
    /// - Parameters:
    ///   - key: its name, without the client's namespace.
    ///   - guarding: only for the holder of this lock, whose fence the key remembers; else `StaleGuard` is
    ///     thrown. Costs as much as a change.
    public func get(
        _ key: String, guardedBy guarding: LockFence? = nil
    ) async throws -> StoredValue? {
        do throws(RPCError) {
            let request = GetKeyRequest(
                key: client.desk.wireName(key), guard: guarding?.message(client))
            return try await client.keys.getKey(request).entry.map { StoredValue($0, key: key) }
        } catch {
            throw Self.failure(error, key, guarding)
        }
    }

    /// Keys as they are, and then as they change. See `KeyWatch`.
    ///
    /// ```swift
    /// for try await event in client.store.watch(prefix: "config/") {
    ///     if case .value(let value) = event { print(value.key, value.text ?? "") }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - prefix: how they begin, without the client's namespace.
    ///   - isChangesOnly: not what is there, only what changes from now on.
    ///   - hasValues: whether to tell the values, too.
    public func watch(
        prefix: String, isChangesOnly: Bool = false, hasValues: Bool = true
    ) -> KeyWatch {
        let wirePrefix = client.desk.wireName(prefix)
        let request = WatchKeysRequest(
            prefix: wirePrefix, changesOnly: isChangesOnly, keysOnly: !hasValues)
        return KeyWatch(
            client, request, namespaceBytes: wirePrefix.utf8.count - prefix.utf8.count)
    }

    /// One key as it is, and then as it changes.
    ///
    /// - Parameter key: its name, without the client's namespace.
    public func watch(_ key: String) -> KeyWatch {
        let wireKey = client.desk.wireName(key)
        return KeyWatch(
            client, WatchKeysRequest(keys: [wireKey]),
            namespaceBytes: wireKey.utf8.count - key.utf8.count)
    }

    /// The keys that begin with `prefix`, in the order of their bytes. Each is read by itself: what is
    /// changed meanwhile may be seen or not.
    ///
    /// - Parameters:
    ///   - prefix: how they begin, without the client's namespace.
    ///   - hasValues: whether to read the values, too.
    public func list(prefix: String = "", hasValues: Bool = true) -> KeyList {
        KeyList(client, prefix: prefix, hasValues: hasValues)
    }

    // MARK: Changing

    /// Writes a value; throws `KeyConflict` where the key is not as required.
    ///
    /// - Parameters:
    ///   - key: its name, without the client's namespace.
    ///   - value: at most 60 KiB, unless the server is set up for more.
    ///   - requirement: what the key must be at that moment.
    ///   - lifetime: how long the value lasts; `nil` is for ever.
    ///   - guarding: only for the holder of this lock; else `StaleGuard` is thrown.
    /// - Returns: its version.
    @discardableResult
    public func put(
        _ key: String, _ value: [UInt8], if requirement: KeyRequirement = .none,
        lasting lifetime: Duration? = nil, guardedBy guarding: LockFence? = nil
    ) async throws -> UInt64 {
        let request = PutKeyRequest(
            key: client.desk.wireName(key), value: value, condition: requirement.message,
            ttlMs: try Self.milliseconds(lifetime), guard: guarding?.message(client))
        let outcome: PutKeyResponse.Outcome?
        do throws(RPCError) {
            outcome = try await client.keys.putKey(request).outcome
        } catch {
            throw Self.failure(error, key, guarding)
        }
        switch outcome {
        case .version(let version): return version
        case .mismatch(let mismatch): throw Self.conflict(key, mismatch)
        case nil: throw Self.silence
        }
    }

    /// Writes a text; see the other `put`.
    @discardableResult
    public func put(
        _ key: String, _ text: String, if requirement: KeyRequirement = .none,
        lasting lifetime: Duration? = nil, guardedBy guarding: LockFence? = nil
    ) async throws -> UInt64 {
        try await put(
            key, Array(text.utf8), if: requirement, lasting: lifetime, guardedBy: guarding)
    }

    /// Takes a key away; throws `KeyConflict` where it is not as required.
    ///
    /// - Parameters:
    ///   - key: its name, without the client's namespace.
    ///   - requirement: what the key must be at that moment.
    ///   - guarding: only for the holder of this lock; else `StaleGuard` is thrown.
    /// - Returns: whether it had a value.
    @discardableResult
    public func delete(
        _ key: String, if requirement: KeyRequirement = .none,
        guardedBy guarding: LockFence? = nil
    ) async throws -> Bool {
        let request = DeleteKeyRequest(
            key: client.desk.wireName(key), condition: requirement.message,
            guard: guarding?.message(client))
        let outcome: DeleteKeyResponse.Outcome?
        do throws(RPCError) {
            outcome = try await client.keys.deleteKey(request).outcome
        } catch {
            throw Self.failure(error, key, guarding)
        }
        switch outcome {
        case .version: return true
        case .nothing: return false
        case .mismatch(let mismatch): throw Self.conflict(key, mismatch)
        case nil: throw Self.silence
        }
    }

    /// Makes of a value what `change` makes of it, again and again until nobody else has changed it
    /// meanwhile: no change of another is ever overwritten unseen.
    ///
    /// - Parameters:
    ///   - key: its name, without the client's namespace.
    ///   - change: is handed the value, `nil` where there is none, and gives the next one, or `nil` for
    ///     none. It may be called several times.
    /// - Returns: the version of the change; `nil` where there was nothing and should be nothing.
    @discardableResult
    public func update(
        _ key: String, _ change: ([UInt8]?) async throws -> [UInt8]?
    ) async throws -> UInt64? {
        var current = try await get(key)
        var pause = 1
        while true {
            let next = try await change(current?.bytes)
            guard current != nil || next != nil else { return nil }
            let requirement = current.map { KeyRequirement.version($0.version) } ?? .absent
            do {
                if let next { return try await put(key, next, if: requirement) }
                _ = try await delete(key, if: requirement)
                return current.map { $0.version + 1 }
            } catch let conflict as KeyConflict {
                current = conflict.current
            }
            // Of many that change one key each must get a turn.
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...pause)))
            pause = min(64, pause * 2)
        }
    }

    private static func failure(
        _ error: RPCError, _ key: String, _ guarding: LockFence?
    ) -> any Error {
        guard let guarding, error.reason == "STALE_FENCE" else { return HoldfastError(error) }
        return StaleGuard(
            key: key, guarding: guarding, holder: error.metadata["fence"].flatMap { UInt64($0) })
    }

    private static func conflict(_ key: String, _ mismatch: KeyMismatch) -> KeyConflict {
        KeyConflict(key: key, current: mismatch.current.map { StoredValue($0, key: key) })
    }

    private static var silence: HoldfastError {
        HoldfastError(.internal, "the server did not say what became of the change")
    }

    private static func milliseconds(_ lifetime: Duration?) throws -> UInt64 {
        guard let lifetime else { return 0 }
        guard lifetime >= .milliseconds(1) else {
            throw HoldfastError.configuration("a value must last at least a millisecond")
        }
        let (seconds, attoseconds) = lifetime.components
        return UInt64(seconds) * 1000 + UInt64(attoseconds / 1_000_000_000_000_000)
    }
}

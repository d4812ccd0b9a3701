internal import HoldfastBase
internal import HoldfastCoordination
internal import HoldfastWire

/// Requests about keys as the brain understands them. Pure.
enum KeyRequests {
    /// One step of a batch, or a request by itself.
    struct Step {
        var wish: KeyWish
        var form: AnswerForm.KeyForm
        var operation: Operation
    }

    static func get(_ message: GetKeyRequest, _ check: inout RequestCheck) -> Step {
        let name = check.key(message.space, message.key)
        guard let guarding = guarding(message.guard, &check) else {
            return Step(
                wish: .read(name), form: .get(key: message.key), operation: .keyRead(name))
        }
        return Step(
            wish: .change(name, .none, KeyChange(.look, guarding: guarding)),
            form: .get(key: message.key), operation: guarded(.keyRead(name), message.guard))
    }

    static func put(
        _ message: PutKeyRequest, _ id: RequestID, _ check: inout RequestCheck
    ) -> Step {
        let name = check.key(message.space, message.key)
        check.value(message.value)
        let change = KeyChange(
            .put(message.value, ttlMilliseconds: check.keyTTL(message.ttlMs)),
            if: condition(message.condition, &check), guarding: guarding(message.guard, &check))
        return Step(
            wish: .change(name, id, change), form: .put(key: message.key),
            operation: guarded(.keyWrite(name), message.guard))
    }

    static func delete(
        _ message: DeleteKeyRequest, _ id: RequestID, _ check: inout RequestCheck
    ) -> Step {
        let name = check.key(message.space, message.key)
        let change = KeyChange(
            .delete, if: condition(message.condition, &check),
            guarding: guarding(message.guard, &check))
        return Step(
            wish: .change(name, id, change), form: .delete(key: message.key),
            operation: guarded(.keyDelete(name), message.guard))
    }

    private static func guarding(
        _ message: HoldfastWire.KeyGuard?, _ check: inout RequestCheck
    ) -> HoldfastCoordination.KeyGuard? {
        guard let message else { return nil }
        check.name(message.lock, field: "guard.lock")
        if message.fence == 0 || message.fence >= 1 << 53 {
            check.report(
                "guard.fence",
                "is \(message.fence): it is the fence that the lock was granted under")
        }
        return .init(lock: NameSpace.lock.wrap(message.lock), fence: message.fence)
    }

    /// Who guards by a lock is told whether it is held.
    private static func guarded(
        _ operation: Operation, _ message: HoldfastWire.KeyGuard?
    ) -> Operation {
        message.map { .keyGuarded(operation, lock: $0.lock) } ?? operation
    }

    /// What is watched, for whom that is allowed.
    static func watch(
        _ message: WatchKeysRequest, _ space: KeySpaceName, _ check: inout RequestCheck
    ) -> (wanted: KeyWatch, operation: Operation) {
        let token = ResumeToken.read(message.resumeToken, &check)
        guard !message.keys.isEmpty else {
            if !message.prefix.isEmpty { check.keyName(message.prefix, field: "prefix") }
            if token != nil, message.changesOnly {
                check.report("changes_only", "is given with a resume_token: one of them")
            }
            let prefix = space.wrap(message.prefix)
            return (
                KeyWatch(.prefix(prefix), token: token, isChangesOnly: message.changesOnly),
                .keyList(prefix)
            )
        }
        if message.keys.count > watchedMax {
            check.report("keys", "has \(message.keys.count): at most \(watchedMax)")
        }
        for (index, key) in message.keys.prefix(watchedMax).enumerated() {
            check.keyName(key, field: "keys[\(index)]")
        }
        if !message.prefix.isEmpty { check.report("prefix", "is given with keys: one of them") }
        if token != nil { check.report("resume_token", "is given with keys: they are told anew") }
        if message.changesOnly { check.report("changes_only", "is given with keys: they are few") }
        let names = message.keys.map { space.wrap($0) }
        return (KeyWatch(.names(names)), .keyWatchNames(names))
    }

    /// How many keys one watch may name.
    private static let watchedMax = 64

    private static func condition(
        _ message: KeyCondition?, _ check: inout RequestCheck
    ) -> KeyChange.Condition {
        switch message?.condition {
        case nil: return .none
        case .version(let version):
            if version == 0 { check.report("condition.version", "is 0: no key has this version") }
            return .version(version)
        case .absent(let isSo):
            if !isSo { check.report("condition.absent", "is false: say present") }
            return .absent
        case .present(let isSo):
            if !isSo { check.report("condition.present", "is false: say absent") }
            return .present
        }
    }

    /// - Parameter id: of the call; each step has one of its own, which a call that is sent again has
    ///   again.
    static func steps(
        _ message: BatchKeysRequest, _ id: RequestID, _ check: inout RequestCheck
    ) -> [Step] {
        check.batch(message.steps.count)
        return message.steps.enumerated().compactMap { index, step in
            let number = UInt64(index + 1)
            let own = RequestID(high: id.high &+ number &* 0x9E37_79B9_7F4A_7C15, low: id.low)
            switch step.step {
            case .get(let message): return get(message, &check)
            case .put(let message): return put(message, own, &check)
            case .delete(let message): return delete(message, own, &check)
            case nil:
                check.report("steps[\(index)]", "is none: say get, put or delete")
                return nil
            }
        }
    }
}

extension RequestCheck {
    /// The name of a key on the nodes.
    mutating func key(_ space: String, _ key: String) -> String {
        keyName(key, field: "key")
        return self.space(space).wrap(key)
    }

    mutating func space(_ space: String) -> KeySpaceName {
        if !space.isEmpty, space != KeySpaceName.standard.text {
            report("space", "is not known: keys lie in \"\(KeySpaceName.standard.text)\"", .space)
        }
        return .standard
    }
}

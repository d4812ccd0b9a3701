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
        return Step(
            wish: .read(name), form: .get(key: message.key), operation: .keyRead(name))
    }

    static func put(
        _ message: PutKeyRequest, _ id: RequestID, _ check: inout RequestCheck
    ) -> Step {
        let name = check.key(message.space, message.key)
        check.value(message.value)
        let change = KeyChange(
            .put(message.value, ttlMilliseconds: check.keyTTL(message.ttlMs)),
            if: condition(message.condition, &check))
        return Step(
            wish: .change(name, id, change), form: .put(key: message.key),
            operation: .keyWrite(name))
    }

    static func delete(
        _ message: DeleteKeyRequest, _ id: RequestID, _ check: inout RequestCheck
    ) -> Step {
        let name = check.key(message.space, message.key)
        let change = KeyChange(.delete, if: condition(message.condition, &check))
        return Step(
            wish: .change(name, id, change), form: .delete(key: message.key),
            operation: .keyDelete(name))
    }

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

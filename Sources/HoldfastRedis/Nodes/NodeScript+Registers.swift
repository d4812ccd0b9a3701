internal import HoldfastNode

/// What the scripts about registers answer.
extension NodeScript {
    static func registerReply(_ value: RedisValue, of script: NodeScript) -> NodeReply? {
        guard var text = ReplyText(value), let mark = text.byte() else { return nil }
        switch (mark, script) {
        case (UInt8(ascii: "l"), _) where text.isAtEnd: return .register(.learning)
        case (UInt8(ascii: "x"), .prepare), (UInt8(ascii: "x"), .accept):
            return text.lastNumber().map { .register(.conflict(counter: $0)) }
        case (UInt8(ascii: "c"), .readRegister) where text.isAtEnd:
            return .register(.copy(RegisterCopy()))
        case (UInt8(ascii: "c"), .readRegister), (UInt8(ascii: "c"), .prepare):
            return text.register().map { .register(.copy($0)) }
        case (UInt8(ascii: "a"), .accept):
            return text.lastNumber().flatMap {
                $0 <= 1 ? .register(.accepted(isNextPromised: $0 == 1)) : nil
            }
        case (0x30, .collect) where text.isAtEnd: return .register(.collected(false))
        case (0x31, .collect) where text.isAtEnd: return .register(.collected(true))
        default: return nil
        }
    }

    static func registerNames(_ value: RedisValue) -> NodeReply? {
        if isLearning(value) { return .register(.learning) }
        guard case .array(let parts) = value, let more = truth(parts.first) else { return nil }
        var names: [String] = []
        for part in parts.dropFirst() {
            guard let name = text(part) else { return nil }
            names.append(name)
        }
        return .names(names, next: more ? 1 : 0)
    }

    static func registerPage(_ value: RedisValue) -> NodeReply? {
        if isLearning(value) { return .register(.learning) }
        guard case .array(let parts) = value, parts.count >= 2, parts.count.isMultiple(of: 2),
            var head = ReplyText(parts[0]), let floor = head.lastNumber(),
            let more = truth(parts[1])
        else { return nil }
        var entries: [RegisterEntry] = []
        for place in stride(from: 2, to: parts.count, by: 2) {
            guard let name = text(parts[place]), var source = ReplyText(parts[place + 1]),
                let copy = source.register(), let value = copy.value
            else { return nil }
            entries.append(RegisterEntry(name: name, ballot: copy.accepted, value: value))
        }
        return .registers(entries, floor: floor, more: more)
    }

    private static func isLearning(_ value: RedisValue) -> Bool {
        guard case .bulk(let bytes) = value else { return false }
        return bytes == [UInt8(ascii: "l")]
    }

    private static func truth(_ value: RedisValue?) -> Bool? {
        guard case .bulk(let bytes) = value, bytes == [0x30] || bytes == [0x31] else { return nil }
        return bytes == [0x31]
    }

    private static func text(_ value: RedisValue) -> String? {
        guard case .bulk(let bytes) = value else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension ReplyText {
    /// A register, as a node keeps it.
    mutating func register() -> RegisterCopy? {
        guard let promised = ballot(), let accepted = ballot(), let kind = field(), kind <= 2,
            (kind == 0) == (accepted == .zero), let due = field()
        else { return nil }
        let bytes = rest()
        let value = kind == 0 ? nil : RegisterValue(bytes: bytes, isDead: kind == 2, due: due)
        guard value != nil || bytes.isEmpty else { return nil }
        return RegisterCopy(promised: promised, accepted: accepted, value: value)
    }

    private mutating func ballot() -> Ballot? {
        guard let counter = field(), let proposer = field() else { return nil }
        return Ballot(counter: counter, proposer: proposer)
    }
}

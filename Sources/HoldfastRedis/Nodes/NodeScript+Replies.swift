internal import HoldfastBase
package import HoldfastNode

/// What scripts answer.
///
/// A text for what is answered often, an array for what comes in pages. The first byte says what
/// came of it: `!` and `?` are the gate's refusal.
extension NodeScript {
    /// The reply that `value` is. Whatever a node sends becomes one, if only `.failed(.malformed)`.
    package func reply(_ value: RedisValue) -> NodeReply {
        if case .error(let bytes) = value {
            return .failed(NodeFailure(RedisFailure(error: bytes)))
        }
        if let refusal = Self.refusal(value) { return .refused(refusal) }
        return decoded(value) ?? .failed(.malformed("an answer that \(name) does not give"))
    }

    private func decoded(_ value: RedisValue) -> NodeReply? {
        switch self {
        case .acquire, .change: Self.acquireReply(value).map { .acquire($0) }
        case .release: Self.release(value)
        case .raise, .propose: Self.truth(value).map { .done($0) }
        case .renew: Self.renew(value).map { .renewed($0) }
        case .keepAlive: Self.session(value).map { .session($0) }
        case .listGrants: Self.grants(value)
        case .seed: Self.seeded(value)
        case .sweep: Self.swept(value)
        case .read: Self.locks(value)
        case .queue: Self.queue(value)
        case .list: Self.names(value)
        case .changes: Self.changes(value)
        case .heartbeat, .closeSession, .form, .admit, .confirm:
            Self.number(value).map { .accepted(microseconds: $0) }
        case .raiseEpoch, .readGate: Self.gate(value)
        case .readRegister, .prepare, .accept, .collect: Self.registerReply(value, of: self)
        case .listRegisters, .dueRegisters: Self.registerNames(value)
        case .copyRegisters: Self.registerPage(value)
        case .learn, .endLearning: Self.truth(value).map { .done($0) }
        }
    }

    private static func refusal(_ value: RedisValue) -> GateRefusal? {
        guard var text = ReplyText(value), let mark = text.byte() else { return nil }
        switch mark {
        case 0x21 where text.isAtEnd: return .missing
        case 0x3F:
            guard let identity = text.identity(), text.isAtEnd else { return nil }
            return .other(identity)
        default: return nil
        }
    }

    // MARK: Texts

    private static func acquireReply(_ value: RedisValue) -> AcquireReply? {
        guard var text = ReplyText(value) else { return nil }
        return acquireReply(&text)
    }

    private static func acquireReply(_ text: inout ReplyText) -> AcquireReply? {
        guard let first = text.byte() else { return nil }
        switch first {
        case UInt8(ascii: "g"):
            guard let primary = text.id(), let fence = text.lastNumber() else { return nil }
            return .granted(fence: fence, primary: primary)
        case UInt8(ascii: "h"): return refusal(&text).map { .held($0) }
        case UInt8(ascii: "k"): return text.lastNumber().map { .clockSkew(microseconds: $0) }
        case UInt8(ascii: "s") where text.isAtEnd: return .noSession
        case UInt8(ascii: "b") where text.isAtEnd: return .buried
        case UInt8(ascii: "f") where text.isAtEnd: return .full
        default: return nil
        }
    }

    private static func refusal(_ text: inout ReplyText) -> Refusal? {
        guard let mark = text.byte(), mark >= 0x30,
            let reason = Refusal.Reason(rawValue: mark - 0x30),
            let holder = text.id(), let name = text.size(), let fence = text.field(),
            let ticket = text.field()
        else { return nil }
        var remaining: UInt64?
        if text.skip(0x2D) {
            guard text.skip(0x20) else { return nil }
        } else {
            guard let number = text.field() else { return nil }
            remaining = number
        }
        guard let ahead = text.size(), let waiting = text.size() else { return nil }
        return Refusal(
            reason: reason, name: name, holder: holder, holderFence: fence, holderTicket: ticket,
            value: text.rest(), remainingMilliseconds: remaining, ahead: ahead, waiting: waiting)
    }

    private static func release(_ value: RedisValue) -> NodeReply? {
        guard var text = ReplyText(value), let mark = text.byte(), mark == 0x30 || mark == 0x31
        else { return nil }
        if text.isAtEnd { return .released(wasHeld: mark == 0x31, next: nil) }
        return acquireReply(&text).map { .released(wasHeld: mark == 0x31, next: $0) }
    }

    private static func truth(_ value: RedisValue) -> Bool? {
        guard let number = number(value), number <= 1 else { return nil }
        return number == 1
    }

    private static func number(_ value: RedisValue) -> UInt64? {
        guard var text = ReplyText(value) else { return nil }
        return text.lastNumber()
    }

    private static func renew(_ value: RedisValue) -> RenewReply? {
        guard var text = ReplyText(value) else { return nil }
        if text.skip(UInt8(ascii: "s")) { return text.isAtEnd ? .seeded : nil }
        if text.skip(UInt8(ascii: "l")) { return text.isAtEnd ? .lost : nil }
        guard let byte = text.byte(), byte >= 0x30, let mode = LockMode(rawValue: byte - 0x30)
        else { return nil }
        return text.lastNumber().map { .held(fence: $0, mode: mode) }
    }

    private static func session(_ value: RedisValue) -> SessionReply? {
        guard var text = ReplyText(value) else { return nil }
        if text.skip(UInt8(ascii: "n")) { return text.isAtEnd ? SessionReply.none : nil }
        guard text.skip(UInt8(ascii: "a")), let generation = text.field(),
            let count = text.field(), let digest = text.lastNumber()
        else { return nil }
        return .alive(generation: generation, count: count, digest: digest)
    }

    private static func seeded(_ value: RedisValue) -> NodeReply? {
        guard case .bulk(let bytes) = value, bytes.allSatisfy({ $0 == 0x30 || $0 == 0x31 })
        else { return nil }
        return .seeded(bytes.map { $0 == 0x31 })
    }

    private static func swept(_ value: RedisValue) -> NodeReply? {
        guard var text = ReplyText(value), let count = text.size(), let more = text.lastNumber(),
            more <= 1
        else { return nil }
        return .swept(count, more: more == 1)
    }

    private static func gate(_ value: RedisValue) -> NodeReply? {
        guard var text = ReplyText(value), let digit = text.byte(), digit >= 0x30, digit <= 0x33
        else { return nil }
        let isEmpty = digit & 1 == 1
        if text.isAtEnd { return .gate(nil, isEmpty: isEmpty) }
        guard var gate = text.gate() else { return nil }
        gate.isLearning = digit & 2 == 2
        return .gate(gate, isEmpty: isEmpty)
    }

    // MARK: Pages

    private static func names(of values: ArraySlice<RedisValue>) -> [String]? {
        var names: [String] = []
        names.reserveCapacity(values.count)
        for value in values {
            guard case .bulk(let bytes) = value,
                let name = String(validating: bytes, as: UTF8.self)
            else { return nil }
            names.append(name)
        }
        return names
    }

    private static func names(_ value: RedisValue) -> NodeReply? {
        guard case .array(let values) = value, let first = values.first,
            let next = number(first), let names = names(of: values.dropFirst())
        else { return nil }
        return .names(names, next: next)
    }

    private static func changes(_ value: RedisValue) -> NodeReply? {
        guard case .array(let values) = value, values.count >= 2, let first = number(values[0]),
            let last = number(values[1]), let names = names(of: values.dropFirst(2))
        else { return nil }
        return .changes(first: first, last: last, names)
    }

    private static func grants(_ value: RedisValue) -> NodeReply? {
        if case .bulk(let bytes) = value {
            return bytes == [UInt8(ascii: "n")] ? .session(.none) : nil
        }
        guard case .array(let values) = value, values.count >= 2, values.count % 2 == 0,
            let next = number(values[0]), let now = number(values[1])
        else { return nil }
        var views: [GrantView] = []
        for place in stride(from: 2, to: values.count, by: 2) {
            guard let name = names(of: values[place...place])?.first,
                var text = ReplyText(values[place + 1]),
                let view = text.grant(of: name, now: now), text.isAtEnd
            else { return nil }
            views.append(view)
        }
        return .grants(views, next: next)
    }

    private static func queue(_ value: RedisValue) -> NodeReply? {
        guard case .array(let values) = value else { return nil }
        var places: [QueuePlace] = []
        for value in values {
            guard var text = ReplyText(value), let grant = text.id(), let mark = text.byte(),
                mark >= 0x30, let mode = LockMode(rawValue: mark - 0x30),
                let ticket = text.field(), let server = text.field()
            else { return nil }
            let session = text.isAtEnd ? nil : text.id()
            guard text.isAtEnd else { return nil }
            places.append(
                QueuePlace(
                    grant: grant, mode: mode, ticket: ticket, server: server, session: session))
        }
        return .queue(places)
    }

    private static func locks(_ value: RedisValue) -> NodeReply? {
        guard case .array(let values) = value, values.count % 3 == 1, let now = number(values[0])
        else { return nil }
        var views: [LockView] = []
        for place in stride(from: 1, to: values.count, by: 3) {
            guard let name = names(of: values[place...place])?.first,
                let waiting = number(values[place + 1]), var text = ReplyText(values[place + 2]),
                let view = text.record(of: name, now: now, waiting: waiting)
            else { return nil }
            views.append(view)
        }
        return .locks(views)
    }
}

internal import HoldfastBase
internal import HoldfastNode

/// What nodes keep, as they show it: the gate, grants, records. docs/nodes.md has the formats.
extension ReplyText {
    /// A whole gate.
    mutating func gate() -> Gate? {
        guard let identity = identity(), field() != nil, let watched = field(),
            let reserved = field(), let floor = field(), let longest = field(),
            let before = field(), let period = field(), number() != nil, isAtEnd
        else { return nil }
        var gate = Gate(identity: identity)
        gate.reserved = reserved
        gate.reservedBefore = before
        gate.floor = floor
        gate.period = period
        gate.longestTTL = longest
        gate.watchedUntil = watched
        return gate
    }

    /// A grant of the lock `name`, as a record has it, seen at `now` of the node's milliseconds.
    mutating func grant(of name: String, now: UInt64) -> GrantView? {
        guard let primary = id(), let fence = field(), let deadline = field(),
            let generation = field(), let sequence = field(), let delay = field(),
            field() != nil, field() != nil, let joinedCount = size(), let holderSize = size(),
            let valueSize = size(), let mode = mode()
        else { return nil }
        var session: SessionID?
        if generation > 0 {
            guard let id = id() else { return nil }
            session = id
        }
        var joined: [GrantID] = []
        for _ in 0..<joinedCount {
            guard let id = id() else { return nil }
            joined.append(id)
            guard field() != nil else { return nil }
        }
        guard let holder = text(holderSize), let value = take(valueSize) else { return nil }
        return GrantView(
            name: name, grant: primary, session: session, holder: holder, mode: mode, fence: fence,
            remainingMilliseconds: deadline == 0 ? nil : deadline - min(deadline, now),
            lockDelayMilliseconds: delay, sequence: sequence, value: value,
            joined: joined.isEmpty ? [primary] : joined)
    }

    /// The record of the lock `name`.
    mutating func record(of name: String, now: UInt64, waiting: UInt64) -> LockView? {
        guard let kind = byte(), "fFhH".utf8.contains(kind), let counter = field(),
            let delayed = field(), let waiting = Int(exactly: waiting)
        else { return nil }
        var grants: [GrantView] = []
        while !isAtEnd {
            guard let grant = grant(of: name, now: now) else { return nil }
            grants.append(grant)
        }
        return LockView(
            name: name, counter: counter, grants: grants, waiting: waiting,
            delayMilliseconds: delayed - min(delayed, now))
    }
}

import Holdfast
import HoldfastBase
import HoldfastSystem

/// A caller's session, kept alive by the caller itself.
///
/// A grant is counted on until the deadline of the last keep-alive that agreed on what is held: the
/// server says how many grants it knows of, and their digest, which is computed here as
/// session.proto says.
final class LiveSession {
    enum State: Equatable {
        /// It lives, and so does the grant.
        case confirmed
        /// The grant is lost.
        case lost
        /// Nobody knows.
        case open
        /// It is over, and all its grants.
        case over
    }

    let id: RequestID
    let ttlMilliseconds: UInt64
    private(set) var deadline = Instant.zero
    private(set) var strength = 0

    init(_ id: RequestID, ttlMilliseconds: UInt64) {
        self.id = id
        self.ttlMilliseconds = ttlMilliseconds
    }

    func open(_ caller: LockCaller) async -> Bool {
        let sent = Clocks.now()
        let request = OpenSessionRequest(ttlMs: ttlMilliseconds)
        let options = caller.once(1000, id: id)
        let answer = await CallerAnswer.of {
            try await caller.client.sessions.open(request, options: options)
        }
        guard case .value = answer else { return false }
        deadline = CallerHold.deadline(sent: sent, milliseconds: ttlMilliseconds)
        return true
    }

    func keepAlive(_ caller: LockCaller, holding hold: CallerHold?) async -> State {
        guard Clocks.now() < deadline else { return .over }
        let sent = Clocks.now()
        let request = KeepAliveRequest(session: id.bytes, ttlMs: ttlMilliseconds)
        let options = caller.once(max(300, ttlMilliseconds / 3))
        let answer = await CallerAnswer.of {
            try await caller.client.sessions.keepAlive(request, options: options)
        }
        guard Clocks.now() < deadline else { return .over }
        switch answer {
        case .value(let alive):
            let extended = CallerHold.deadline(sent: sent, milliseconds: ttlMilliseconds)
            guard let hold else {
                deadline = max(deadline, extended)
                return .confirmed
            }
            if alive.lost.contains(hold.id.bytes) { return .lost }
            var strength = Int(alive.strength)
            if alive.grantsCount != 1 || alive.grantsDigest != Self.digest(hold) {
                guard let found = await listed(caller, hold) else { return .open }
                if found == 0 { return .lost }
                strength = found
            }
            guard Clocks.now() < deadline else { return .over }
            deadline = max(deadline, extended)
            self.strength = strength
            return .confirmed
        case .refused(let error) where error.reason == "LOCK_NO_SESSION": return .over
        case .refused, .open: return .open
        }
    }

    /// How many nodes have the grant, 0 when it is not among those of the session; nil without answer.
    private func listed(_ caller: LockCaller, _ hold: CallerHold) async -> Int? {
        let request = ListGrantsRequest(session: id.bytes)
        let options = caller.once(300)
        let answer = await CallerAnswer.of {
            try await caller.client.sessions.listGrants(request, options: options)
        }
        guard case .value(let list) = answer else { return nil }
        return list.grants.first { $0.grant == hold.id.bytes }.map { Int($0.strength) } ?? 0
    }

    func close(_ caller: LockCaller) async {
        let request = CloseSessionRequest(session: id.bytes)
        for _ in 0..<3 {
            let answer = await CallerAnswer.of {
                try await caller.client.sessions.close(request, options: caller.once(1000))
            }
            if case .open = answer { continue }
            return
        }
    }

    private static func digest(_ hold: CallerHold) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in hold.id.bytes + Array("l/\(hold.lock)".utf8) {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        return (hash ^ (hash >> 46)) & ((1 << 46) - 1)
    }
}

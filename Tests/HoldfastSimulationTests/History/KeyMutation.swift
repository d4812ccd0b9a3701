import HoldfastBase
import HoldfastCoordination
import HoldfastSimulation

/// One answer of a right history of a key that is made wrong.
enum KeyMutation: String, CaseIterable {
    case staleRead
    case readOfFuture
    case nothingSeen
    case otherWriter
    case versionTwice
    case lostChange
    case refusedButMade
    case wrongRefusal

    func applied(to calls: [KeyCall], _ random: inout SeededGenerator) -> [KeyCall]? {
        var calls = calls
        guard let place = place(in: calls, &random) else { return nil }
        let call = calls[place]
        switch self {
        case .staleRead:
            guard let older = changes(calls).last(where: { isOlder($0, call, calls) }) else {
                return nil
            }
            calls[place].told = .value(KeySight(version: version(older), writer: older.number))
        case .readOfFuture:
            guard let later = changes(calls).first(where: { $0.called > call.returned }) else {
                return nil
            }
            calls[place].told = .value(KeySight(version: version(later), writer: later.number))
        case .nothingSeen: calls[place].told = .value(nil)
        case .otherWriter:
            guard case .value(let sight?) = call.told,
                let other = changes(calls).first(where: { $0.number != sight.writer })
            else { return nil }
            calls[place].told = .value(
                KeySight(version: sight.version, writer: other.number))
        case .versionTwice:
            calls[place].told = .applied(version: version(call) + 1)
        case .lostChange: calls.remove(at: place)
        case .refusedButMade: calls[place].told = .refused
        case .wrongRefusal:
            calls[place].told = .mismatch(nil)
        }
        return calls
    }

    private func place(in calls: [KeyCall], _ random: inout SeededGenerator) -> Int? {
        let ordered = changes(calls)
        let places = calls.indices.filter { place in
            let call = calls[place]
            switch self {
            case .staleRead:
                return isSeen(call) && ordered.contains { isOlder($0, call, calls) }
            case .readOfFuture:
                return isSeen(call) && ordered.contains { $0.called > call.returned }
            case .nothingSeen:
                // What was seen stood alone, long before and long after.
                return isSeen(call) && !calls.contains { overlaps($0, call) && $0.kind != .read }
            case .otherWriter: return isSeen(call)
            case .versionTwice, .lostChange, .refusedButMade:
                return isSeenByOther(call, calls)
            case .wrongRefusal:
                if case .applied = call.told {
                    return call.condition == .none
                } else {
                    return false
                }
            }
        }
        return places.randomElement(using: &random)
    }

    /// Puts that were acknowledged, in their order.
    private func changes(_ calls: [KeyCall]) -> [KeyCall] {
        calls.filter {
            if case .applied = $0.told, case .put = $0.kind { true } else { false }
        }.sorted { version($0) < version($1) }
    }

    private func version(_ call: KeyCall) -> UInt64 {
        if case .applied(let version) = call.told { version } else { 0 }
    }

    private func isSeen(_ call: KeyCall) -> Bool {
        if call.kind == .read, case .value(.some) = call.told { true } else { false }
    }

    private func overlaps(_ one: KeyCall, _ other: KeyCall) -> Bool {
        one.number != other.number && one.called <= other.returned
            && (one.returned == .never || one.returned >= other.called)
    }

    /// A put behind which something newer was acknowledged before the reading began.
    private func isOlder(_ put: KeyCall, _ read: KeyCall, _ calls: [KeyCall]) -> Bool {
        changes(calls).contains { version($0) > version(put) && $0.returned < read.called }
    }

    private func isSeenByOther(_ call: KeyCall, _ calls: [KeyCall]) -> Bool {
        guard case .applied = call.told, case .put = call.kind else { return false }
        return calls.contains {
            if case .value(let sight?) = $0.told { sight.writer == call.number } else { false }
        }
    }
}

import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// How commands and answers look in a trace: short, with grants by their last number.
enum TraceText {
    static func id(_ grant: GrantID) -> String { "g\(grant.low)" }

    static func command(_ command: NodeCommand) -> String {
        switch command {
        case .acquire(let step): return "acquire " + self.step(step)
        case .release(let step):
            var text = "release \(id(step.grant)) \(step.names.joined(separator: ","))"
            if step.isBuried { text += " buried" }
            if let again = step.waitingAgain { text += " waiting \(id(again.grant))" }
            if let next = step.next { text += " then " + self.step(next) }
            return text
        case .raise(_, let grant, let fence): return "raise \(id(grant)) to \(short(fence))"
        case .renew(_, let grant, let ttl, _): return "renew \(id(grant)) \(ttl) ms"
        case .keepAlive(let session, let ttl, let create):
            return "keepAlive s\(session.low) \(ttl) ms" + (create ? " create" : "")
        case .seed(let session, let seeds):
            return "seed s\(session.low) \(seeds.map { id($0.grant) }.joined(separator: ","))"
        case .register(let name, .read): return "read \(name)"
        case .register(let name, .prepare(let ballot)): return "prepare \(name) \(ballot.short)"
        case .register(let name, .accept(let ballot, let value, let next)):
            return "accept \(name) \(ballot.short) \(record(value))"
                + (next.map { ", next \($0.short)" } ?? "")
        case .register(let name, .collect(let ballot, let floor)):
            return "collect \(name) \(ballot.short), floor \(floor)"
        default: return "\(command)"
        }
    }

    /// What a register holds, as servers understand it.
    private static func record(_ value: RegisterValue?) -> String {
        guard let value else { return "(none)" }
        guard let record = KeyRecord(value.bytes) else { return "(malformed)" }
        let text = record.value.map { String(decoding: $0, as: UTF8.self) } ?? "(deleted)"
        return "v\(record.version) \(text)"
            + (record.expiresAt > 0 ? " till \(record.expiresAt)" : "")
    }

    private static func step(_ step: AcquireStep) -> String {
        var text = "\(id(step.grant)) \(step.names.joined(separator: ",")) \(step.mode)"
        if let session = step.session { text += " in s\(session.low)" }
        if step.ttlMilliseconds > 0 { text += " \(step.ttlMilliseconds) ms" }
        if step.waitingServer != nil { text += " ticket \(short(step.ticket))" }
        return text + " proposed \(short(step.proposed))"
    }

    /// Fences and tickets are microseconds since 1970; what differs is at the end.
    static func short(_ fence: UInt64) -> String {
        let epoch = UInt64(HostClock.epochMicroseconds)
        return fence >= epoch ? "\(fence - epoch)" : "early-\(epoch - fence)"
    }

    static func reply(_ reply: NodeReply) -> String {
        switch reply {
        case .acquire(let answer): return acquired(answer)
        case .released(let wasHeld, let next):
            return (wasHeld ? "released" : "not held") + (next.map { ", " + acquired($0) } ?? "")
        case .accepted: return "accepted"
        case .renewed(.held(let fence, _)): return "renewed \(short(fence))"
        case .gate(let gate?, _):
            return "gate of epoch \(gate.identity.epoch), life \(gate.identity.marker)"
                + (gate.isLearning ? ", learns" : "")
        case .registers(let entries, let floor, let more):
            return "\(entries.map { "\($0.name) \($0.ballot.short) \(record($0.value))" }), floor "
                + "\(floor)" + (more ? ", and more" : "")
        case .register(.copy(let copy)):
            return "\(copy.accepted.short) \(record(copy.value)), promised \(copy.promised.short)"
        default: return "\(reply)"
        }
    }

    private static func acquired(_ reply: AcquireReply) -> String {
        switch reply {
        case .granted(let fence, _): return "granted \(short(fence))"
        case .held(let refusal):
            return "\(refusal.reason) by \(id(refusal.holder)), \(refusal.ahead) ahead"
        default: return "\(reply)"
        }
    }

    static func request(_ request: CoordinationRequest) -> String {
        switch request {
        case .acquire(let wish):
            return "acquire \(id(wish.grant)) \(wish.names.joined(separator: ",")) \(wish.mode)"
                + (wish.session.map { " in s\($0.low)" } ?? " \(wish.ttlMilliseconds) ms")
                + (wish.waitMilliseconds > 0 ? " wait \(wish.waitMilliseconds) ms" : "")
        case .release(let names, let grant, let isSole):
            return "release \(id(grant)) \(names.joined(separator: ","))" + (isSole ? " sole" : "")
        case .renew(_, let grant, let ttl): return "renew \(id(grant)) \(ttl) ms"
        case .keepAlive(let session, let ttl): return "keepAlive s\(session.low) \(ttl) ms"
        case .openSession(let session, let ttl): return "openSession s\(session.low) \(ttl) ms"
        case .closeSession(let session): return "closeSession s\(session.low)"
        case .listGrants(let session): return "listGrants s\(session.low)"
        default: return "\(request)"
        }
    }

    static func outcome(_ outcome: Outcome) -> String {
        switch outcome {
        case .granted(let granted):
            return "granted fence \(short(granted.fence)) strength \(granted.strength) waited "
                + "\(granted.waitedMilliseconds) ms"
        case .notHeld(let notHeld):
            return "not held: \(notHeld.refusal.reason) by \(id(notHeld.refusal.holder))"
        case .failed(let failure): return "\(failure.code): \(failure.message)"
        case .renewed(let fence, let strength):
            return "renewed \(short(fence)) strength \(strength)"
        case .session(let state):
            return "session strength \(state.strength), \(state.count) grants, lost "
                + "\(state.lost.map { id($0) })"
        case .key(let outcome): return key(outcome)
        case .keys(let answers, let next):
            return answers.map { "\($0.name): \(key($0.outcome))" }.joined(separator: ", ")
                + (next.isEmpty ? "" : ", on behind \(next)")
        default: return "\(outcome)"
        }
    }

    static func event(_ event: StreamEvent) -> String {
        switch event {
        case .lock(let state, let version):
            "\(state.name): \(state.grants.map { id($0.grant) }) at \(short(version))"
        case .synced: "synced"
        default: "\(event)"
        }
    }

    private static func key(_ outcome: KeyOutcome) -> String {
        switch outcome {
        case .applied(let version): "applied v\(version)"
        case .mismatch(let view): "mismatch, \(sight(view))"
        case .value(let view): sight(view)
        default: "\(outcome)"
        }
    }

    private static func sight(_ view: KeyView?) -> String {
        view.map { "v\($0.version) \(String(decoding: $0.value, as: UTF8.self))" } ?? "(none)"
    }

    /// What a reply adds to the trace's hash.
    static func number(_ reply: NodeReply) -> UInt64 {
        switch reply {
        case .acquire(.granted(let fence, _)): return fence
        case .acquire(.held(let refusal)): return refusal.holder.low &+ 2
        case .acquire: return 3
        case .released(let wasHeld, let next): return (wasHeld ? 5 : 4) + (next == nil ? 0 : 2)
        case .done(let isDone): return isDone ? 9 : 8
        case .renewed(.held(let fence, _)): return fence &+ 1
        case .renewed: return 10
        case .session(.alive(let generation, let count, let digest)):
            return generation &+ count &+ digest
        case .session: return 11
        case .swept(let count, let more): return UInt64(count) &* 2 &+ (more ? 13 : 12)
        case .register(.copy(let copy)):
            return copy.accepted.counter &* 3 &+ copy.promised.counter &* 5 &+ 17
        case .register(.accepted(let isNextPromised)): return isNextPromised ? 18 : 19
        case .register(.conflict(let counter)): return counter &+ 20
        case .refused: return 14
        case .failed: return 15
        default: return 16
        }
    }
}

extension Ballot {
    fileprivate var short: String { "\(counter)/\(proposer)" }
}

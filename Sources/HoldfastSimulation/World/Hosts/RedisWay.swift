import HoldfastBase
import HoldfastNode
import HoldfastRedis
import HoldfastCoordination

/// A server's end of its way to a Redis node: the shipped session (which connects, greets, loads
/// scripts, matches answers, gives up), fed as the server's own shell feeds it. Moves no bytes and
/// knows no clock itself.
final class RedisWay {
    /// What an answer is to be read as, and whom it is for.
    private struct Sent {
        let tag: UInt64
        let script: NodeScript
    }

    /// What the brain is to be told.
    enum Told {
        case replied(UInt64, NodeReply)
        case connected(NodeReadiness)
        case disconnected(String)
    }

    private static let factsInterval = Interval.seconds(5)

    private var session: NodeSession
    private var writer = NodeCall()
    private var sent: [Sent?] = []
    private var free: [Int] = []
    private var factsRead = Instant.zero
    private var readiness: NodeReadiness?
    private var events: [NodeSessionEvent] = []
    private let answerTime: Interval
    /// When the world is going to look at its timers.
    var timerAt = Instant.never

    init(budget: Interval, seed: UInt64) {
        session = NodeSession(
            settings: NodeSessionSettings(), scripts: NodeScript.set, seed: seed)
        answerTime = max(.seconds(2), budget + budget)
    }

    // MARK: What the shell does

    func start(_ now: Instant) { session.start(now: now) }
    func connected(_ now: Instant) { session.connected(credentials: nil, now: now) }
    func closed(_ reason: NodeCloseReason, _ now: Instant) { session.closed(reason, now: now) }
    func timeReached(_ now: Instant) { session.timeReached(now) }
    func received(_ bytes: [UInt8], _ now: Instant) {
        unsafe session.received(bytes.span.bytes, now: now)
    }

    var wake: Instant { session.wake }
    func takeDemand() -> TransportDemand? { session.takeDemand() }

    /// What is to be sent now.
    func takeOutput() -> [UInt8] {
        guard session.hasOutput else { return [] }
        let bytes = unsafe Array(session.output)
        session.written(bytes.count)
        return bytes
    }

    /// Why the command cannot be sent; nil when it will be answered.
    func submit(
        _ command: NodeCommand, tag: UInt64, gate: GateIdentity, now: Instant
    ) -> NodeFailure? {
        switch command {
        case .heartbeat, .readGate:
            if now - factsRead >= Self.factsInterval { inspect(now) }
        default: break
        }
        guard writer.write(command, expecting: gate),
            let script = NodeScript(rawValue: writer.call.script)
        else { return .refusedByNode("a number is too large for its scripts") }
        let place = free.popLast() ?? sent.count
        if place == sent.count { sent.append(nil) }
        sent[place] = Sent(tag: tag, script: script)
        let outcome = session.submit(
            writer.call, tag: UInt64(place), deadline: now + answerTime, now: now)
        guard outcome == .accepted else {
            forget(place)
            return .notSent
        }
        return nil
    }

    func inspect(_ now: Instant) {
        factsRead = now
        _ = session.refreshFacts(now: now)
    }

    private func forget(_ place: Int) {
        sent[place] = nil
        free.append(place)
    }

    private func take(_ place: UInt64) -> Sent? {
        guard place < sent.count, let entry = sent[Int(place)] else { return nil }
        forget(Int(place))
        return entry
    }

    // MARK: What comes of it

    /// What happened since this was asked last, in its order.
    func takeTold(_ now: Instant) -> [Told] {
        session.takeEvents(into: &events)
        guard !events.isEmpty else { return [] }
        var told: [Told] = []
        for event in events {
            if let one = translate(event, now) { told.append(one) }
        }
        events.removeAll(keepingCapacity: true)
        return told
    }

    private func translate(_ event: NodeSessionEvent, _ now: Instant) -> Told? {
        switch event {
        case .value(let place, let value):
            guard let entry = take(place) else { return nil }
            return .replied(entry.tag, entry.script.reply(value))
        case .failure(let place, let failure):
            guard let entry = take(place) else { return nil }
            return .replied(entry.tag, .failed(NodeFailure(failure)))
        case .ready(let facts):
            factsRead = now
            readiness = NodeReadiness(facts)
            return readiness.map { .connected($0) }
        case .facts(let facts):
            let fresh = NodeReadiness(facts)
            guard fresh != readiness else { return nil }
            readiness = fresh
            return .connected(fresh)
        case .factsRefused: return nil
        case .closed(let reason): return .disconnected(reason.explanation)
        }
    }

    /// The words of the call that was written last, for a trace.
    var lastCall: [[UInt8]] { Self.words(of: writer.call) }

    private static func words(of call: borrowing ScriptCall) -> [[UInt8]] {
        var reader = RedisRequestReader()
        reader.feed(unsafe call.bytes.withUnsafeBytes { unsafe Array($0) })
        return reader.next() ?? []
    }
}

import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import HoldfastWire

/// One connection of a caller to a server: the shipped machines of both ends, back to back, fed as the
/// channel of the client library and the session of the server feed them. Moves no bytes and knows no
/// clock itself.
///
/// Frames, streams, credit, CANCEL, deadlines and PING are real. A body names its call and is filled
/// up; what is asked and answered lies beside, because messages of services have tests of their own.
final class CallerWire {
    /// What is asked, as both ends know it.
    private struct Asked {
        let request: CoordinationRequest
        var near: UInt32 = 0
        var far: UInt32 = 0
        var outcome: Outcome?
        /// What waits for credit.
        var waiting: [Int] = []
        /// Elements since the caller gave credit last.
        var taken: UInt32 = 0
    }

    /// What the server's end heard.
    enum Heard {
        case called(CallID, CoordinationRequest)
        /// Cancelled, or not answered in time.
        case unwanted(CallID)
    }

    /// What the caller's end heard.
    enum Told {
        case outcome(CallID, Outcome)
        case event(CallID, StreamEvent)
        /// An error that says nothing of what was done.
        case unanswered(CallID)
    }

    private static let credit: UInt32 = 16
    /// The reason of an error that is the brain's own.
    private static let refusal = "OUTCOME"

    let client: Int
    let server: Int
    let life: ServerID
    private var near: ClientConnection
    private var far: ServerConnection
    private var arena = WireArena(firstBlockBytes: 2048)
    private var nearInput: [UInt8] = []
    private var farInput: [UInt8] = []
    private var asked: [CallID: Asked] = [:]
    private var callOfNear: [UInt32: CallID] = [:]
    private var callOfFar: [UInt32: CallID] = [:]
    private var elements: [StreamEvent] = []
    private var isAccepted = false
    /// The caller's end is gone, or the server's.
    var isNearGone = false
    var isFarGone = false
    /// Nothing that is written from now on arrives, and nothing for the caller at all.
    var isCut = false
    /// How many bytes on their way to the server still arrive.
    var bytesLeft = Int.max
    /// When the world is going to look at the timers of the ends.
    var nearTimerAt = Instant.never
    var farTimerAt = Instant.never

    init(client: Int, server: Int, life: ServerID, near: Instant, far: Instant) {
        self.client = client
        self.server = server
        self.life = life
        self.near = ClientConnection(settings: Self.clientSettings, now: near)
        self.far = ServerConnection(settings: Self.serverSettings, now: far)
    }

    /// Hosts here sleep for seconds, not for minutes, so silence is noticed sooner.
    private static let serverSettings: ServerProtocolSettings = {
        var limits = Limits()
        limits.pingIntervalMin = .seconds(1)
        limits.pingInterval = .seconds(3)
        limits.pingTimeout = .seconds(2)
        return ServerProtocolSettings(
            limits: limits, agent: "world", nodeID: "n", clusterID: "c", incarnation: [])
    }()

    private static let clientSettings: ClientProtocolSettings = {
        var limits = Limits()
        limits.pingTimeout = .seconds(2)
        return ClientProtocolSettings(
            limits: limits, agent: "world", pingInterval: .seconds(2),
            pingIntervalIdle: .seconds(10))
    }()

    // MARK: The caller's end

    var nearWake: Instant { near.wake }
    /// The machine has let go of the connection.
    var isNearOver: Bool { near.isOver }
    var nearCalls: [CallID] { callOfNear.values.sorted() }

    /// Asks; false when the connection takes no call now.
    func ask(
        _ call: CallID, _ request: CoordinationRequest, patience: Interval, _ now: Instant
    ) -> Bool {
        let kind = request.streamKind
        var head = RequestHead(
            method: request.method, requestId: request.requestID,
            initialCredit: Self.credit)
        let words = 1 + Int(call % 7) * 5
        let outcome = near.begin(
            head: &head, kind: kind, isStream: request.isStream, deadline: now + patience,
            now: now, bodyBytes: words * 8
        ) { body in
            for _ in 0..<words { body.putLittleEndian(call) }
        }
        guard case .began(let stream, _) = outcome else { return false }
        asked[call] = Asked(request: request, near: stream)
        callOfNear[stream] = call
        return true
    }

    func cancel(_ call: CallID) {
        guard let stream = asked[call]?.near else { return }
        near.cancel(stream, code: .cancelled, reason: "")
    }

    func nearTime(_ now: Instant) {
        near.timeReached(now)
        while near.nextExpired(now) != nil {}
    }

    func nearReceived(_ bytes: [UInt8], _ now: Instant) -> [Told] {
        var told: [Told] = []
        let input = nearInput + bytes
        var offset = 0
        near.received(now: now)
        reading: while true {
            let step = unsafe near.next(
                input.span.bytes, offset: &offset, now: now, arena: &arena)
            switch step {
            case .starved: break reading
            case .closing:
                offset = input.count
                break reading
            case .consumed, .greeted, .goAway: break
            case .response(let response):
                if let one = finished(response, input) { told.append(one) }
            case .item(let stream, _, let body):
                guard let call = callOfNear[stream], let place = Self.word(input, body) else {
                    continue
                }
                told.append(.event(call, elements[Int(place)]))
                giveCredit(call)
            }
            arena.reset()
        }
        nearInput = Array(input[offset...])
        return told
    }

    private func finished(_ response: IncomingResponse, _ input: [UInt8]) -> Told? {
        guard let call = callOfNear.removeValue(forKey: response.stream) else { return nil }
        let outcome = asked[call]?.outcome
        asked[call] = nil
        if response.isPlainOK {
            guard Self.word(input, response.body) == call else { return nil }
            return outcome.map { .outcome(call, $0) }
        }
        let error = response.copyHead().flatMap { RPCError($0) }
        guard error?.reason == Self.refusal, let outcome else { return .unanswered(call) }
        return .outcome(call, outcome)
    }

    private func giveCredit(_ call: CallID) {
        guard let stream = asked[call]?.near, var taken = asked[call]?.taken else { return }
        taken += 1
        if taken >= Self.credit / 2 {
            near.grant(stream, items: taken)
            taken = 0
        }
        asked[call]?.taken = taken
    }

    func takeNearOutput(_ now: Instant) -> [UInt8] {
        guard !near.output.isEmpty else { return [] }
        let bytes = unsafe Array(near.output.unsafeBytes)
        near.written(bytes.count, now: now)
        return bytes
    }

    // MARK: The server's end

    var farWake: Instant { isAccepted ? far.wake : .never }
    var isFarOver: Bool { far.isOver }
    /// Those that the brain lets go of when nobody waits for them.
    var abandonableCalls: [CallID] { callOfFar.keys.compactMap { unwanted($0) }.sorted() }

    func farReceived(_ bytes: [UInt8], _ now: Instant) -> [Heard] {
        if !isAccepted {
            isAccepted = true
            far.transportOpened(now)
        }
        var heard: [Heard] = []
        let input = farInput + bytes
        var offset = 0
        reading: while far.wantsRead {
            let step = unsafe far.next(
                input.span.bytes, offset: &offset, now: now, arena: &arena)
            switch step {
            case .starved: break reading
            case .closing:
                offset = input.count
                break reading
            case .consumed: break
            case .call(let incoming):
                if let one = called(incoming, input, now) { heard.append(one) }
            case .cancelled(let stream):
                if let call = unwanted(stream) { heard.append(.unwanted(call)) }
            case .credited(let stream):
                if let call = callOfFar[stream] { sendWaiting(call) }
            }
            arena.reset()
        }
        farInput = Array(input[offset...])
        far.received(leftover: farInput.count, now: now)
        return heard
    }

    private func called(_ incoming: IncomingCall, _ input: [UInt8], _ now: Instant) -> Heard? {
        guard let call = Self.word(input, incoming.body), let request = asked[call]?.request,
            far.open(incoming, kind: request.streamKind, method: 0, now: now) != nil
        else { return nil }
        asked[call]?.far = incoming.stream
        callOfFar[incoming.stream] = call
        return .called(call, request)
    }

    /// The call of a stream that nobody waits for, where the brain lets go of such a one.
    private func unwanted(_ stream: UInt32) -> CallID? {
        guard let call = callOfFar[stream], let request = asked[call]?.request else { return nil }
        return request.isAbandonable ? call : nil
    }

    func farTime(_ now: Instant) -> [Heard] {
        far.timeReached(now)
        guard far.takeAbandoned() else { return [] }
        var heard: [Heard] = []
        var slot = 0
        while let next = far.nextAbandoned(fromSlot: slot) {
            if let call = unwanted(next.stream) { heard.append(.unwanted(call)) }
            slot = next.slot + 1
        }
        return heard
    }

    /// The brain answered.
    func respond(_ call: CallID, _ outcome: Outcome, _ now: Instant) {
        guard let stream = asked[call]?.far, callOfFar.removeValue(forKey: stream) != nil else {
            return
        }
        asked[call]?.outcome = outcome
        if case .failed = outcome {
            far.fail(stream, RPCError(.unavailable, "", reason: Self.refusal), now: now)
        } else {
            _ = far.respond(stream, bodyBytes: 8, now: now) { $0.putLittleEndian(call) }
        }
    }

    /// The brain has let go of a call that nobody waits for.
    func end(_ call: CallID, _ now: Instant) {
        guard let stream = asked[call]?.far, callOfFar.removeValue(forKey: stream) != nil else {
            return
        }
        far.fail(stream, RPCError(.cancelled, "", reason: "CANCELLED"), now: now)
    }

    func emit(_ call: CallID, _ event: StreamEvent) {
        guard asked[call] != nil else { return }
        elements.append(event)
        asked[call]?.waiting.append(elements.count - 1)
        sendWaiting(call)
    }

    private func sendWaiting(_ call: CallID) {
        guard let entry = asked[call], entry.far != 0 else { return }
        var sent = 0
        sending: for place in entry.waiting {
            let outcome = far.sendItem(entry.far, bodyBytes: 8) {
                $0.putLittleEndian(UInt64(place))
            }
            switch outcome {
            case .noCredit, .full: break sending
            case .written, .gone, .tooLarge: sent += 1
            }
        }
        asked[call]?.waiting.removeFirst(sent)
    }

    func takeFarOutput(_ now: Instant) -> [UInt8] {
        guard isAccepted, !far.output.isEmpty else { return [] }
        let bytes = unsafe Array(far.output.unsafeBytes)
        far.written(bytes.count, now: now)
        return bytes
    }

    private static func word(_ input: [UInt8], _ body: Range<Int>) -> UInt64? {
        guard body.count >= 8 else { return nil }
        return input[body].prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

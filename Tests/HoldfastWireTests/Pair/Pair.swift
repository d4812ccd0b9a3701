import HoldfastBase
import HoldfastTestWire
import HoldfastWire
import Testing

/// A client's machine and a server's, back to back: two wires that carry as many bytes as chance
/// will, handlers that answer when chance will, and a record of what each end believes.
final class Pair {
    struct Work {
        var kind: StreamKind
        var isCancelled = false
    }

    /// What became of a call at the client.
    enum Fate: Equatable {
        case open
        case answered(RPCCode)
        case unprocessed
    }

    static let limits: Limits = {
        var limits = Limits()
        limits.activeStreamsMax = 12
        limits.parkedStreamsMax = 8
        limits.reservedStreams = 3
        limits.outboundHighBytes = 8 << 10
        limits.outboundHardBytes = 20 << 10
        limits.responseBytesMax = 6000
        limits.cancelsPerSecondMax = 100_000
        limits.connectionAgeMax = .seconds(300)
        limits.idleTimeout = .seconds(45)
        return limits
    }()

    var random: SeededGenerator
    var now = Instant(nanoseconds: 1_000_000_000)
    let box: Box
    var arena = WireArena()
    /// Bytes on their way, and those that have arrived and are not taken.
    var toServer: [UInt8] = []
    var toClient: [UInt8] = []
    var serverPending: [UInt8] = []
    var clientPending: [UInt8] = []
    var works: [UInt32: Work] = [:]
    var seenByServer: Set<UInt32> = []
    var told: [UInt32: RPCCode] = [:]
    var fates: [UInt32: Fate] = [:]
    var credit: [UInt32: Int] = [:]
    var steps = 0

    final class Box {
        var client: ClientConnection
        var server: ServerConnection
        init(_ client: consuming ClientConnection, _ server: consuming ServerConnection) {
            self.client = client
            self.server = server
        }
    }

    init(_ random: SeededGenerator) {
        self.random = random
        let limits = Self.limits
        let client = ClientProtocolSettings(
            limits: limits, agent: "c", firstStream: Self.firstStream(random))
        let server = ServerProtocolSettings(
            limits: limits, agent: "s", nodeID: "n", clusterID: "c", incarnation: [])
        box = Box(
            ClientConnection(settings: client, now: now),
            ServerConnection(settings: server, now: now))
    }

    /// Now and then near the end of the numbers.
    private static func firstStream(_ random: SeededGenerator) -> UInt32 {
        var random = random
        return Int.random(in: 0..<4, using: &random) == 0 ? .max - 100 : 1
    }

    var isEnded: Bool {
        box.server.closeReason != nil || box.client.closeReason != nil
    }

    func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

    func wrong(_ what: String) {
        Issue.record("\(what) after \(steps) steps")
    }

    // MARK: The client's end

    func begin() {
        let kind: StreamKind =
            [.unary, .unary, .unary, .parked, .vital].randomElement(
                using: &random) ?? .unary
        let names: [StreamKind: String] = [.unary: "unary", .parked: "parked", .vital: "vital"]
        let isPlain = kind == .unary && chance(3)
        let asked = UInt32.random(in: 0...3, using: &random)
        var head = RequestHead(
            method: isPlain ? "plain" : chance(40) ? "none" : names[kind] ?? "",
            initialCredit: kind == .parked ? asked : 0)
        let size = Int.random(in: 0...(chance(10) ? 6500 : 60), using: &random)
        let wait = Interval.microseconds(
            Int64.random(in: 0...(chance(3) ? 50_000 : 20_000_000), using: &random))
        let deadline = kind == .parked && chance(2) ? .never : now + wait
        let outcome = box.client.begin(
            head: &head, kind: kind, deadline: deadline, now: now, bodyBytes: size
        ) { ServerStory.fill(&$0, size) }
        guard case .began(let stream, _) = outcome else { return }
        if fates.updateValue(.open, forKey: stream) != nil { wrong("\(stream) begun twice") }
        if kind == .parked { credit[stream] = asked == 0 ? 16 : Int(asked) }
    }

    var openCalls: [UInt32] {
        fates.filter { $0.value == .open }.keys.sorted()
    }

    func cancelOrGrant() {
        guard let stream = openCalls.randomElement(using: &random) else { return }
        if chance(2) {
            box.client.cancel(stream, code: .cancelled, reason: "")
        } else if credit[stream] != nil {
            let items = UInt32.random(in: 0...4, using: &random)
            box.client.grant(stream, items: items)
            credit[stream, default: 0] += Int(items)
        }
    }

    func clientReads() {
        var offset = 0
        box.client.received(now: now)
        reading: while true {
            switch unsafe box.client.next(
                clientPending.span.bytes, offset: &offset, now: now, arena: &arena)
            {
            case .starved: break reading
            case .closing:
                offset = clientPending.count
                break reading
            case .consumed, .greeted: break
            case .response(let response):
                let code = response.copyHead().flatMap { RPCError($0) }?.code ?? .ok
                answered(response.stream, code)
            case .item(let stream, _, _):
                credit[stream, default: 0] -= 1
                if credit[stream, default: 0] < 0 { wrong("an item of \(stream) without credit") }
            case .goAway: takeUnprocessed()
            }
            arena.reset()
        }
        clientPending.removeFirst(offset)
    }

    private func answered(_ stream: UInt32, _ code: RPCCode) {
        if fates[stream] != .open { wrong("a second answer to \(stream)") }
        if let said = told[stream], said != code { wrong("\(stream): \(said) became \(code)") }
        fates[stream] = .answered(code)
    }

    private func takeUnprocessed() {
        while let next = box.client.nextUnprocessed(fromSlot: 0) {
            if seenByServer.contains(next.stream) { wrong("\(next.stream) was processed") }
            fates[next.stream] = .unprocessed
            box.client.forget(next.stream)
        }
    }

    // MARK: The server's end

    func serverReads() {
        var offset = 0
        reading: while box.server.wantsRead {
            switch unsafe box.server.next(
                serverPending.span.bytes, offset: &offset, now: now, arena: &arena)
            {
            case .starved: break reading
            case .closing:
                offset = serverPending.count
                break reading
            case .consumed, .credited: break
            case .call(let call): dispatch(call)
            case .cancelled(let stream): cancelWork(stream)
            }
            arena.reset()
        }
        serverPending.removeFirst(offset)
        box.server.received(leftover: serverPending.count, now: now)
    }

    private func dispatch(_ call: IncomingCall) {
        if !seenByServer.insert(call.stream).inserted { wrong("\(call.stream) came twice") }
        let kinds: [String: StreamKind] = ["unary": .unary, "parked": .parked, "vital": .vital]
        let method = call.copyHead().method
        if let kind = kinds[method] {
            guard box.server.open(call, kind: kind, method: 0, now: now) != nil else {
                told[call.stream] = .resourceExhausted
                return
            }
            works[call.stream] = Work(kind: kind)
        } else if method == "plain" {
            let size = call.body.count
            let outcome = box.server.answerDirectly(call.stream, bodyBytes: size) {
                ServerStory.fill(&$0, size)
            }
            told[call.stream] = outcome == .written ? .ok : .resourceExhausted
        } else {
            box.server.refuse(call.stream, RPCError(.unimplemented, ""))
            told[call.stream] = .unimplemented
        }
    }

    private func cancelWork(_ stream: UInt32) {
        if works[stream]?.isCancelled == true { wrong("\(stream) cancelled twice") }
        works[stream]?.isCancelled = true
        // A handler may end at once, or when it likes.
        if chance(2) { finish(stream, failing: true) }
    }

    func finish(_ stream: UInt32, failing: Bool) {
        guard works.removeValue(forKey: stream) != nil else { return }
        let size = Int.random(in: 0...(chance(5) ? 6200 : 40), using: &random)
        let outcome: AnswerOutcome
        if failing {
            outcome = box.server.fail(stream, RPCError(.aborted, "", reason: "R"), now: now)
        } else {
            outcome = box.server.respond(stream, bodyBytes: size, now: now) {
                ServerStory.fill(&$0, size)
            }
        }
        switch outcome {
        case .written: told[stream] = failing ? .aborted : .ok
        case .tooLarge: told[stream] = .resourceExhausted
        case .late: told[stream] = .deadlineExceeded
        case .gone: break
        }
    }

    func serve() {
        guard let stream = works.keys.sorted().randomElement(using: &random) else { return }
        if works[stream]?.kind == .parked, !chance(6) {
            let size = Int.random(in: 0...(chance(5) ? 6200 : 40), using: &random)
            _ = box.server.sendItem(stream, bodyBytes: size) { ServerStory.fill(&$0, size) }
        } else {
            finish(stream, failing: chance(4))
        }
    }
}

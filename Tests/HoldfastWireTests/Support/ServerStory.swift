import HoldfastBase
import HoldfastTestWire
import HoldfastWire
import Testing

/// A server's machine, driven by hand as `ServerSession` drives it, and what it said.
///
/// The name of a method is what becomes of the call: "unary", "parked" and "vital" are opened,
/// "plain" is answered at once, any other is refused.
final class ServerStory {
    private let box: Box
    private(set) var now = Instant(nanoseconds: 1_000_000_000_000)
    private let feeding: Feeding
    private var pending: [UInt8] = []
    private var arena = WireArena()
    /// Written by `write`, and not yet seen by `sent`.
    private var wire: [UInt8] = []
    /// Steps since they were last asked for.
    private var steps: [String] = []
    /// All that happened, for the comparison of feedings.
    fileprivate var log: [String] = []

    /// The machine in a place of its own: a class cannot lend a noncopyable property in and out.
    private final class Box {
        var machine: ServerConnection
        init(_ machine: consuming ServerConnection) { self.machine = machine }
    }

    init(_ limits: Limits, _ feeding: Feeding) {
        self.feeding = feeding
        let settings = ServerProtocolSettings(
            limits: limits, agent: "server", nodeID: "n1", clusterID: "c1", incarnation: [7])
        box = Box(ServerConnection(settings: settings, now: now))
    }

    var machine: ServerConnection {
        _read { yield box.machine }
        _modify { yield &box.machine }
    }

    // What stories ask: `#expect` does not look into a value that cannot be copied.
    var closeReason: CloseReason? { box.machine.closeReason }
    var isOver: Bool { box.machine.isOver }
    var isGreeted: Bool { box.machine.isGreeted }
    var isDraining: Bool { box.machine.isDraining }
    var wantsRead: Bool { box.machine.wantsRead }
    var agent: String { box.machine.agent }
    var lastStream: UInt32 { box.machine.lastStream }
    var callsTotal: UInt64 { box.machine.callsTotal }
    var openStreams: Int { box.machine.openStreams }
    var activeCount: Int { box.machine.activeCount }
    var parkedCount: Int { box.machine.parkedCount }
    var vitalCount: Int { box.machine.vitalCount }
    var firstAbandoned: UInt32? { box.machine.nextAbandoned(fromSlot: 0)?.stream }
    func takeAbandoned() -> Bool { box.machine.takeAbandoned() }

    /// The HELLOs are exchanged and out of the way.
    func greet(_ hello: Hello = Hello(minMinor: 1, maxMinor: 1)) {
        receive(.hello(hello))
        _ = sent()
    }

    // MARK: In

    func receive(_ frames: TestFrame...) {
        receive(bytes: frames.flatMap(\.bytes))
    }

    func receive(bytes: [UInt8]) {
        for piece in feeding.pieces(bytes) {
            pending += piece
            work()
        }
    }

    /// What the shell does when bytes have come, or when it goes on after back-pressure.
    func work() {
        var offset = 0
        reading: while box.machine.wantsRead {
            let step = unsafe box.machine.next(
                pending.span.bytes, offset: &offset, now: now, arena: &arena)
            switch step {
            case .starved: break reading
            case .closing:
                offset = pending.count
                break reading
            case .consumed: break
            case .call(let call): dispatch(call)
            case .cancelled(let stream): note("cancelled \(stream)")
            case .credited(let stream): note("credited \(stream)")
            }
            arena.reset()
        }
        pending.removeFirst(offset)
        box.machine.received(leftover: pending.count, now: now)
    }

    private func dispatch(_ call: IncomingCall) {
        let method = call.copyHead().method
        note("call \(call.stream) \(method)")
        let kinds: [String: StreamKind] = ["unary": .unary, "parked": .parked, "vital": .vital]
        if let kind = kinds[method] {
            _ = box.machine.open(call, kind: kind, method: 0, now: now)
        } else if method == "plain" {
            _ = box.machine.answerDirectly(call.stream, bodyBytes: call.body.count) { writer in
                unsafe pending[call.body].withUnsafeBytes { unsafe writer.putRaw($0) }
            }
        } else {
            box.machine.refuse(call.stream, RPCError(.unimplemented, "unknown"))
        }
    }

    private func note(_ step: String) {
        steps.append(step)
        log.append(step)
    }

    // MARK: Out

    /// The steps since this was last asked.
    func said() -> [String] {
        defer { steps = [] }
        return steps
    }

    /// All frames since this was last asked; what is queued is written at once.
    func sent() -> [TestFrame] {
        let (frames, left) = TestFrame.parse(wire + queued)
        wire = []
        #expect(left == 0, "the output ends inside a frame")
        box.machine.written(box.machine.output.count, now: now)
        log += frames.map(\.description)
        return frames
    }

    /// The same, in words.
    func sentWords() -> [String] { sent().map(\.description) }

    /// What waits to be written.
    var queued: [UInt8] {
        unsafe Array(box.machine.output.unsafeBytes)
    }

    /// The transport takes `size` bytes.
    func write(_ size: Int) {
        wire += queued.prefix(size)
        box.machine.written(size, now: now)
    }

    /// The transport takes nothing.
    func block() {
        box.machine.output.blocked()
        box.machine.written(0, now: now)
    }

    // MARK: Answers

    @discardableResult
    func respond(_ stream: UInt32, bodyBytes: Int = 0) -> AnswerOutcome {
        box.machine.respond(stream, bodyBytes: bodyBytes, now: now) { Self.fill(&$0, bodyBytes) }
    }

    @discardableResult
    func fail(_ stream: UInt32, _ error: RPCError) -> AnswerOutcome {
        box.machine.fail(stream, error, now: now)
    }

    func sendItem(_ stream: UInt32, bodyBytes: Int = 1) -> ItemOutcome {
        box.machine.sendItem(stream, bodyBytes: bodyBytes) { Self.fill(&$0, bodyBytes) }
    }

    static func fill(_ writer: inout WireWriter, _ bytes: Int) {
        let body = [UInt8](repeating: 0xAB, count: bytes)
        unsafe body.withUnsafeBytes { unsafe writer.putRaw($0) }
    }

    // MARK: Time

    /// Moves time on, calling `timeReached` when the machine asked for it and not before: a timer
    /// that was not armed anew is found, and so is one that fires for ever.
    func pass(_ interval: Interval) {
        let end = now + interval
        var idleRounds = 0
        while box.machine.wake <= end {
            idleRounds = box.machine.wake <= now ? idleRounds + 1 : 0
            guard idleRounds < 4 else {
                Issue.record("the timer does not come to rest")
                break
            }
            now = max(now, box.machine.wake)
            box.machine.timeReached(now)
        }
        now = end
    }

    /// Moves time on while the loop is busy elsewhere: no timer fires.
    func sleep(_ interval: Interval) {
        now = now + interval
    }

    /// Drains as an operator does.
    func drain(grace: Interval = .seconds(30)) {
        box.machine.beginDrain(reason: "stopping", grace: grace, now: now)
    }
}

/// Tells one story with every way of feeding; all must end with the same record of it.
func serverStory(
    _ change: (inout Limits) -> Void = { _ in }, greeted: Bool = true,
    _ tell: (ServerStory) throws -> Void
) rethrows {
    var limits = Limits()
    change(&limits)
    var first: [String]?
    for feeding in Feeding.all {
        let story = ServerStory(limits, feeding)
        if greeted { story.greet() }
        try tell(story)
        _ = story.sent()
        let log = story.log + ["\(story.closeReason?.name ?? "open")"]
        #expect(log == first ?? log, "\(feeding)")
        first = first ?? log
    }
}

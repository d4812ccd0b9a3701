import HoldfastBase
import HoldfastTestWire
import HoldfastWire
import Testing

/// A client's machine, driven by hand as `ClientSession` drives it, and what it said.
final class ClientStory {
    private let box: Box
    private(set) var now = Instant(nanoseconds: 1_000_000_000_000)
    private let feeding: Feeding
    private var pending: [UInt8] = []
    private var arena = WireArena()
    private var steps: [String] = []
    fileprivate var log: [String] = []

    private final class Box {
        var machine: ClientConnection
        init(_ machine: consuming ClientConnection) { self.machine = machine }
    }

    init(_ limits: Limits, firstStream: UInt32, _ feeding: Feeding) {
        self.feeding = feeding
        let settings = ClientProtocolSettings(
            limits: limits, agent: "client", firstStream: firstStream)
        box = Box(ClientConnection(settings: settings, now: now))
    }

    var machine: ClientConnection {
        _read { yield box.machine }
        _modify { yield &box.machine }
    }

    // What stories ask: `#expect` does not look into a value that cannot be copied.
    var closeReason: ClientCloseReason? { box.machine.closeReason }
    var isOver: Bool { box.machine.isOver }
    var takesCalls: Bool { box.machine.takesCalls }
    var openStreams: Int { box.machine.openStreams }
    var requestBytesMax: Int { box.machine.requestBytesMax }
    var firstUnprocessed: UInt32? { box.machine.nextUnprocessed(fromSlot: 0)?.stream }

    func greet(_ hello: Hello = Hello(minMinor: 1, maxMinor: 1)) {
        receive(.hello(hello))
        _ = sent()
        _ = said()
    }

    // MARK: Calls

    /// Begins a call; its stream, or 0 when it could not begin.
    @discardableResult
    func begin(
        _ kind: StreamKind = .unary, timeout: Interval? = .seconds(60), credit: UInt32 = 0,
        bodyBytes: Int = 0
    ) -> UInt32 {
        guard case .began(let stream, _) = tryBegin(kind, timeout, credit, bodyBytes) else {
            return 0
        }
        return stream
    }

    func tryBegin(
        _ kind: StreamKind = .unary, _ timeout: Interval? = .seconds(60), _ credit: UInt32 = 0,
        _ bodyBytes: Int = 0, metadataBytes: Int = 0
    ) -> BeginOutcome {
        var head = RequestHead(method: "m", initialCredit: credit)
        if metadataBytes > 0 {
            let value = [UInt8](repeating: 1, count: metadataBytes)
            head.metadata = [Metadata(key: "k", value: value)]
        }
        let deadline = timeout.map { now + $0 } ?? .never
        return box.machine.begin(
            head: &head, kind: kind, deadline: deadline, now: now, bodyBytes: bodyBytes
        ) { ServerStory.fill(&$0, bodyBytes) }
    }

    func cancel(_ stream: UInt32) {
        box.machine.cancel(stream, code: .cancelled, reason: "")
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

    private func work() {
        var offset = 0
        box.machine.received(now: now)
        reading: while true {
            let step = unsafe box.machine.next(
                pending.span.bytes, offset: &offset, now: now, arena: &arena)
            switch step {
            case .starved: break reading
            case .closing:
                offset = pending.count
                break reading
            case .consumed: break
            case .greeted(let hello): note("greeted \(hello.agent)")
            case .response(let response):
                let error = response.copyHead().flatMap { RPCError($0) }
                let late = response.isLate ? " late" : ""
                note("response \(response.stream) \(error?.code.name ?? "OK")\(late)")
            case .item(let stream, _, let body): note("item \(stream) [\(body.count)]")
            case .goAway(let goAway): note("goAway \(goAway.lastStreamId) \(goAway.code)")
            }
            arena.reset()
        }
        pending.removeFirst(offset)
    }

    private func note(_ step: String) {
        steps.append(step)
        log.append(step)
    }

    // MARK: Out

    func said() -> [String] {
        defer { steps = [] }
        return steps
    }

    func sent() -> [TestFrame] {
        let (frames, left) = TestFrame.parse(unsafe Array(box.machine.output.unsafeBytes))
        #expect(left == 0, "the output ends inside a frame")
        box.machine.written(box.machine.output.count, now: now)
        log += frames.map(\.description)
        return frames
    }

    func sentWords() -> [String] { sent().map(\.description) }

    /// The transport takes nothing.
    func block() {
        box.machine.output.blocked()
        box.machine.written(0, now: now)
    }

    // MARK: Time

    /// Moves time on, calling `timeReached` when the machine asked for it; names the streams whose
    /// deadline passed.
    @discardableResult
    func pass(_ interval: Interval) -> [UInt32] {
        let end = now + interval
        var expired: [UInt32] = []
        var idleRounds = 0
        while box.machine.wake <= end {
            idleRounds = box.machine.wake <= now ? idleRounds + 1 : 0
            guard idleRounds < 4 else {
                Issue.record("the timer does not come to rest")
                break
            }
            now = max(now, box.machine.wake)
            box.machine.timeReached(now)
            while let next = box.machine.nextExpired(now) { expired.append(next.stream) }
        }
        now = end
        return expired
    }
}

/// Tells one story with every way of feeding; all must end with the same record of it.
func clientStory(
    _ change: (inout Limits) -> Void = { _ in }, firstStream: UInt32 = 1, greeted: Bool = true,
    _ tell: (ClientStory) throws -> Void
) rethrows {
    var limits = Limits()
    change(&limits)
    var first: [String]?
    for feeding in Feeding.all {
        let story = ClientStory(limits, firstStream: firstStream, feeding)
        if greeted { story.greet() }
        try tell(story)
        _ = story.sent()
        let log = story.log + [story.closeReason.map { "\($0)" } ?? "open"]
        #expect(log == first ?? log, "\(feeding)")
        first = first ?? log
    }
}

internal import HoldfastBase
internal import HoldfastWire

/// What a fuzzer's bytes mean to the machines of a connection, and what must hold for all of them.
///
/// The first byte chooses the scene, the rest is what the peer sends: bit 0, the HELLOs have been
/// exchanged; bit 1, the server is draining; bit 2, answers take their time.
package enum FuzzedConnection {
    package static func brokenPromise(of input: [UInt8]) -> String? {
        guard let scene = input.first else { return nil }
        let bytes = Array(input.dropFirst())
        return fuzzServerConnection(scene, bytes) ?? fuzzClientConnection(scene, bytes)
    }
}

/// Says which promise the server's machine broke; nil when it kept all.
package func fuzzServerConnection(_ scene: UInt8, _ bytes: [UInt8]) -> String? {
    let whole = FuzzedServer(scene)
    whole.receive(bytes[...])
    let cut = FuzzedServer(scene)
    for place in bytes.indices { cut.receive(bytes[place...place]) }
    let (first, second) = (whole.end(), cut.end())
    if first.broken == nil, second.broken == nil, first.sent != second.sent {
        return "\(first.sent) when fed whole, \(second.sent) byte by byte"
    }
    return first.broken ?? second.broken
}

/// A server's machine with handlers that answer by the number of the stream.
@safe
private final class FuzzedServer {
    private var now = Instant(nanoseconds: 1_000_000_000)
    private let machine: UnsafeMutablePointer<ServerConnection>
    private var arena = WireArena(firstBlockBytes: 1024)
    private var pending: [UInt8] = []
    private var open: Set<UInt32> = []
    private var broken: String?
    private let isSlow: Bool

    private static let settings: ServerProtocolSettings = {
        var limits = Limits()
        limits.activeStreamsMax = 4
        limits.parkedStreamsMax = 2
        limits.reservedStreams = 1
        limits.outboundHighBytes = 4096
        limits.outboundHardBytes = 16_384
        return ServerProtocolSettings(
            limits: limits, agent: "s", nodeID: "n", clusterID: "c", incarnation: [])
    }()

    init(_ scene: UInt8) {
        unsafe machine = .allocate(capacity: 1)
        unsafe machine.initialize(to: ServerConnection(settings: Self.settings, now: now))
        isSlow = scene & 4 != 0
        if scene & 1 != 0 { receive(TestFrame.hello().bytes[...]) }
        if scene & 2 != 0 {
            unsafe machine.pointee.beginDrain(reason: "", grace: .seconds(5), now: now)
        }
    }

    deinit {
        unsafe machine.deinitialize(count: 1)
        unsafe machine.deallocate()
    }

    func receive(_ bytes: ArraySlice<UInt8>) {
        pending += bytes
        var offset = 0
        reading: while unsafe machine.pointee.wantsRead {
            let step = unsafe machine.pointee.next(
                pending.span.bytes, offset: &offset, now: now, arena: &arena)
            switch step {
            case .starved: break reading
            case .closing:
                offset = pending.count
                break reading
            case .call(let call): dispatch(call)
            case .cancelled(let stream):
                if !open.contains(stream) { broken = "\(stream) was cancelled and is not open" }
            case .consumed, .credited: break
            }
            arena.reset()
        }
        pending.removeFirst(offset)
        unsafe machine.pointee.received(leftover: pending.count, now: now)
    }

    private func dispatch(_ call: IncomingCall) {
        let kind: StreamKind = [.unary, .parked, .vital, .unary][Int(call.stream >> 1) & 3]
        if call.stream % 5 == 0 {
            let size = call.body.count
            _ = unsafe machine.pointee.answerDirectly(call.stream, bodyBytes: size) { writer in
                unsafe pending[call.body].withUnsafeBytes { unsafe writer.putRaw($0) }
            }
            return
        }
        let slot = unsafe machine.pointee.open(call, kind: kind, method: 0, now: now)
        guard slot != nil else { return }
        if !open.insert(call.stream).inserted { broken = "\(call.stream) came twice" }
        _ = unsafe machine.pointee.sendItem(call.stream, bodyBytes: 0) { _ in }
        if !isSlow, kind == .unary { finish(call.stream) }
    }

    private func finish(_ stream: UInt32) {
        open.remove(stream)
        _ = unsafe machine.pointee.respond(stream, bodyBytes: 0, now: now) { _ in }
    }

    /// Ends all work, lets time pass, and looks at what was sent.
    func end() -> (sent: [String], broken: String?) {
        if unsafe machine.pointee.openStreams != open.count { broken = "slots and work differ" }
        if unsafe machine.pointee.output.count > 64 << 10 { broken = "too much is queued" }
        for stream in open.sorted() { finish(stream) }
        if unsafe machine.pointee.openStreams != 0 { broken = "a slot is left" }
        for _ in 0..<64 where unsafe machine.pointee.wake != .never {
            now = unsafe max(now, machine.pointee.wake)
            unsafe machine.pointee.timeReached(now)
            if unsafe machine.pointee.wake <= now { broken = "the timer does not rest" }
        }
        let (frames, left) = TestFrame.parse(unsafe Array(machine.pointee.output.unsafeBytes))
        if left != 0 { broken = "the output ends inside a frame" }
        var answered: Set<UInt32> = []
        for frame in frames where frame.type == 3 {
            if !answered.insert(frame.stream).inserted { broken = "\(frame.stream) answered twice" }
        }
        if unsafe machine.pointee.closeReason != nil, frames.last?.type != 8,
            unsafe machine.pointee.closeReason != .drained
        {
            broken = "ended without a GOAWAY"
        }
        return (frames.map(\.description), broken)
    }
}

/// Says which promise the client's machine broke; nil when it kept all.
package func fuzzClientConnection(_ scene: UInt8, _ bytes: [UInt8]) -> String? {
    var now = Instant(nanoseconds: 1_000_000_000)
    var arena = WireArena(firstBlockBytes: 1024)
    var machine = ClientConnection(settings: ClientProtocolSettings(agent: "c"), now: now)
    for kind in [StreamKind.unary, .parked, .vital, .unary] {
        var head = RequestHead(method: "m", initialCredit: 2)
        let deadline = kind == .parked ? Instant.never : now + .seconds(1)
        _ = machine.begin(head: &head, kind: kind, deadline: deadline, now: now, bodyBytes: 0) {
            _ in
        }
    }
    machine.cancel(7, code: .cancelled, reason: "")
    let input = (scene & 1 != 0 ? TestFrame.hello().bytes : []) + bytes
    var answers: Set<UInt32> = []
    var items = 0
    var offset = 0
    reading: while true {
        let step = unsafe machine.next(input.span.bytes, offset: &offset, now: now, arena: &arena)
        switch step {
        case .starved, .closing: break reading
        case .consumed, .greeted: break
        case .response(let response):
            if !answers.insert(response.stream).inserted { return "a second answer was taken" }
        case .item: items += 1
        case .goAway:
            while let next = machine.nextUnprocessed(fromSlot: 0) { machine.forget(next.stream) }
        }
        arena.reset()
    }
    if items > 2 { return "items beyond the credit" }
    if offset > input.count { return "more was taken than there was" }
    for _ in 0..<64 where machine.wake != .never {
        now = max(now, machine.wake)
        machine.timeReached(now)
        while machine.nextExpired(now) != nil {}
        if machine.wake <= now { return "the timer does not rest" }
    }
    let left = TestFrame.parse(unsafe Array(machine.output.unsafeBytes)).left
    return left == 0 ? nil : "the output ends inside a frame"
}

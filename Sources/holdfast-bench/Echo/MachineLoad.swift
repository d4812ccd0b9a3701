import HoldfastBase
import HoldfastRPC
import HoldfastTLS
import HoldfastWire

/// Makes unary echo calls by the connection machine alone: the least that RPC costs a client.
@safe
final class MachineLoad: LoadConnection {
    private let machine: UnsafeMutablePointer<ClientConnection>
    private var arena = WireArena()
    private let head: UnsafeMutableRawBufferPointer
    private let payload: [UInt8]
    private let bodyBytes: Int
    private(set) var failures = 0
    /// Whether an answer is followed by the next call at once; otherwise somebody calls `put`.
    var isRepeating = true
    private(set) var answers = 0

    init(
        to endpoint: Endpoint, context: TLSContext, payloadBytes: Int,
        method: String = EchoService.Methods.echo.path
    ) throws {
        var head = RequestHead()
        head.method = method
        head.timeoutUs = 10_000_000
        head.requestId = RequestID.random().bytes
        let encoded = head.encoded()
        unsafe self.head = .allocate(byteCount: encoded.count, alignment: 1)
        unsafe self.head.copyBytes(from: encoded)
        payload = Array(repeating: 120, count: payloadBytes)
        bodyBytes = EchoRequest(payload: payload).encodedBytes
        unsafe machine = .allocate(capacity: 1)
        unsafe machine.initialize(
            to: ClientConnection(
                settings: ClientProtocolSettings(agent: "holdfast-bench"), now: Instant.zero))
        try super.init(to: endpoint, context: context)
    }

    deinit {
        unsafe machine.deinitialize(count: 1)
        unsafe machine.deallocate()
        unsafe head.deallocate()
    }

    override func begin(depth: Int, now: Instant) {
        for _ in 0..<depth { put(now) }
    }

    /// Queues a call whose time began at `now`.
    func put(_ now: Instant) {
        let head = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(head))
        let outcome = unsafe machine.pointee.begin(
            encodedHead: head, deadline: now + .seconds(10), now: now,
            bodyBytes: bodyBytes
        ) { writer in
            unsafe payload.withUnsafeBytes { unsafe writer.putBytes($0, field: 1) }
        }
        if case .began = outcome { return }
        failures += 1
    }

    override func process(_ input: RawSpan, now: Instant) -> Int {
        var offset = 0
        unsafe machine.pointee.received(now: now)
        while true {
            switch unsafe machine.pointee.next(input, offset: &offset, now: now, arena: &arena) {
            case .starved, .closing: return offset
            case .consumed, .greeted, .item, .goAway: break
            case .response(let response):
                if !response.isPlainOK || !isRight(input.extracting(response.body)) {
                    failures += 1
                }
                // The record is still readable until the slot is used again.
                latencies.add(nanoseconds: (now - response.opened).nanoseconds)
                answers += 1
                if isRepeating { put(now) }
            }
            arena.reset()
        }
    }

    private func isRight(_ body: RawSpan) -> Bool {
        guard let decoded = try? unsafe EchoResponse.schema.decode(body, arena: &arena) else {
            return false
        }
        return unsafe EchoResponse.View(decoded).payload.count == payload.count
    }

    @unsafe override var output: UnsafeRawBufferPointer {
        unsafe machine.pointee.output.unsafeBytes
    }

    override func written(_ size: Int, now: Instant) {
        unsafe machine.pointee.written(size, now: now)
    }
}

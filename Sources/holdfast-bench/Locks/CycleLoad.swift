import HoldfastBase
import HoldfastRPC
import HoldfastTLS
import HoldfastWire

/// Takes locks and gives them back by the connection machine alone: as many workers as calls in
/// flight, each with a lock of its own.
@safe
final class CycleLoad: LoadConnection {
    private let machine: UnsafeMutablePointer<ClientConnection>
    private var arena = WireArena()
    private var acquireHead: [UInt8]
    private let releaseHead: [UInt8]
    /// Where the request id is in `acquireHead`.
    private let idOffset: Int
    private var number: UInt64
    private var names: [String] = []
    /// By slot: which worker's call, and when its cycle began.
    private var workers: [Int: (worker: Int, began: Instant)] = [:]
    private(set) var failures = 0
    private(set) var cycles = 0

    init(to endpoint: Endpoint, context: TLSContext, seed: UInt64) throws {
        let marker = Array(repeating: UInt8(0xA5), count: 16)
        let head = Self.head(LockService.Methods.tryAcquire.path, marker)
        releaseHead = Self.head(LockService.Methods.release.path, RequestID.random().bytes)
        idOffset =
            (0..<(head.count - 15)).first { head[$0..<($0 + 16)].elementsEqual(marker) } ?? 0
        acquireHead = head
        number = seed
        unsafe machine = .allocate(capacity: 1)
        unsafe machine.initialize(
            to: ClientConnection(
                settings: ClientProtocolSettings(agent: "holdfast-bench"), now: Instant.zero))
        try super.init(to: endpoint, context: context)
    }

    deinit {
        unsafe machine.deinitialize(count: 1)
        unsafe machine.deallocate()
    }

    private static func head(_ method: String, _ id: [UInt8]) -> [UInt8] {
        var head = RequestHead()
        head.method = method
        head.timeoutUs = 10_000_000
        head.requestId = id
        return head.encoded()
    }

    override func begin(depth: Int, now: Instant) {
        for worker in 0..<depth {
            names.append("bench/\(number)/\(worker)")
            acquire(worker, now)
        }
    }

    private func acquire(_ worker: Int, _ now: Instant) {
        number &+= 1
        for place in 0..<8 {
            acquireHead[idOffset + place] = UInt8(truncatingIfNeeded: number >> (8 * UInt64(place)))
        }
        let request = TryAcquireRequest(names: [names[worker]], ttlMs: 10_000)
        call(acquireHead, request, worker, now, now)
    }

    private func call(
        _ head: [UInt8], _ request: some WireMessage, _ worker: Int, _ began: Instant,
        _ now: Instant
    ) {
        let outcome = unsafe machine.pointee.begin(
            encodedHead: head.span.bytes, deadline: now + .seconds(10), now: now,
            bodyBytes: request.encodedBytes
        ) { request.encode(into: &$0) }
        guard case .began(_, let slot) = outcome else {
            failures += 1
            return
        }
        workers[slot] = (worker, began)
    }

    override func process(_ input: RawSpan, now: Instant) -> Int {
        var offset = 0
        unsafe machine.pointee.received(now: now)
        while true {
            switch unsafe machine.pointee.next(input, offset: &offset, now: now, arena: &arena) {
            case .starved, .closing: return offset
            case .consumed, .greeted, .item, .goAway: break
            case .response(let response):
                if !response.isPlainOK { failures += 1 }
                answered(response.slot, input.extracting(response.body), now)
            }
            arena.reset()
        }
    }

    private func answered(_ slot: Int, _ body: RawSpan, _ now: Instant) {
        guard let (worker, began) = workers.removeValue(forKey: slot) else { return }
        guard body.byteCount > 4 else {
            cycles += 1
            latencies.add(nanoseconds: (now - began).nanoseconds)
            acquire(worker, now)
            return
        }
        guard
            let response = try? TryAcquireResponse(
                decoding: body, arena: &arena, limits: .response),
            case .held(let held) = response.outcome
        else {
            failures += 1
            return
        }
        let request = ReleaseRequest(names: [names[worker]], grant: held.grant, answered: true)
        call(releaseHead, request, worker, began, now)
    }

    @unsafe override var output: UnsafeRawBufferPointer {
        unsafe machine.pointee.output.unsafeBytes
    }

    override func written(_ size: Int, now: Instant) {
        unsafe machine.pointee.written(size, now: now)
    }
}

import HoldfastBase
import HoldfastRPC
import HoldfastTLS
import HoldfastWire

/// What the workers of a connection do, again and again: take a lock, give it back.
struct LockWork {
    /// Names that nobody else has; each worker goes through its part of them.
    var names: [String]
    /// The session of the grants; empty for lives of their own.
    var session: [UInt8] = []
    /// How long to wait for a lock; 0 does not.
    var waitMilliseconds: UInt64 = 0
    /// No name is taken twice: each is this and a number.
    var freshPrefix: String?
    /// Whether all workers want the same name.
    var isContended: Bool { names.count == 1 }
}

/// Takes and releases locks by the connection machine alone, so that the client does not bound what
/// the server can do.
@safe
final class LockLoad: LoadConnection {
    private struct Worker {
        var turn = 0
        var grant = RequestID.none
        var began = Instant.zero
        var isHolding = false
        var grants = 0
    }

    private static let patience = Interval.seconds(10)

    private let machine: UnsafeMutablePointer<ClientConnection>
    private var arena = WireArena()
    private let work: LockWork
    private var acquireHead: PatchedHead
    private var releaseHead: PatchedHead
    private var workers: [Worker] = []
    private var owners: [Int] = []
    private var lastGrant = RequestID.random()
    private var openCalls = 0
    /// From the acquire to the answer that it is held.
    var acquireLatencies = Histogram()
    private(set) var failures = 0
    /// No further cycle begins.
    private var isEnding = false
    var isIdle: Bool { openCalls == 0 }

    init(to endpoint: Endpoint, context: TLSContext, _ work: LockWork) throws {
        self.work = work
        acquireHead = PatchedHead(method: LockService.Methods.acquire.path)
        releaseHead = PatchedHead(method: LockService.Methods.release.path)
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

    /// Grants of each worker while it was measured.
    private(set) var measured: [Int] = []

    func forgetFigures() {
        latencies = Histogram()
        acquireLatencies = Histogram()
        for index in workers.indices { workers[index].grants = 0 }
    }

    /// Keeps the figures of now and lets the workers give back what they hold.
    func end() {
        measured = workers.map(\.grants)
        isEnding = true
    }

    override func begin(depth: Int, now: Instant) {
        workers = Array(repeating: Worker(), count: depth)
        for index in workers.indices { acquire(index, now) }
    }

    // MARK: Calls

    private func name(_ worker: Int) -> String {
        if let prefix = work.freshPrefix {
            return "\(prefix)\(workers[worker].turn * workers.count + worker)"
        }
        if work.isContended { return work.names[0] }
        let part = max(1, work.names.count / workers.count)
        return work.names[(worker * part + workers[worker].turn % part) % work.names.count]
    }

    private func acquire(_ worker: Int, _ now: Instant) {
        guard !isEnding else { return }
        lastGrant.low &+= 1
        workers[worker].turn += 1
        workers[worker].grant = lastGrant
        workers[worker].began = now
        workers[worker].isHolding = false
        let request = AcquireRequest(
            names: [name(worker)], session: work.session, waitMs: work.waitMilliseconds)
        if work.waitMilliseconds > 0 {
            park(worker, request, now)
        } else {
            acquireHead.setID(lastGrant)
            call(worker, acquireHead, bytes: request.encodedBytes, now) {
                request.encode(into: &$0)
            }
        }
    }

    /// Waits count apart from other calls.
    private func park(_ worker: Int, _ request: AcquireRequest, _ now: Instant) {
        var head = RequestHead()
        head.method = LockService.Methods.acquire.path
        head.requestId = workers[worker].grant.bytes
        let outcome = unsafe machine.pointee.begin(
            head: &head, kind: .parked, isStream: false, deadline: now + .seconds(60), now: now,
            bodyBytes: request.encodedBytes
        ) { request.encode(into: &$0) }
        note(outcome, worker)
    }

    private func release(_ worker: Int, _ now: Instant) {
        workers[worker].isHolding = true
        let request = ReleaseRequest(
            names: [name(worker)], grant: workers[worker].grant.bytes, answered: true)
        lastGrant.low &+= 1
        releaseHead.setID(lastGrant)
        call(worker, releaseHead, bytes: request.encodedBytes, now) { request.encode(into: &$0) }
    }

    private func call(
        _ worker: Int, _ head: borrowing PatchedHead, bytes: Int, _ now: Instant,
        _ write: (inout WireWriter) -> Void
    ) {
        let outcome = unsafe machine.pointee.begin(
            encodedHead: head.bytes, deadline: now + Self.patience, now: now, bodyBytes: bytes,
            write)
        note(outcome, worker)
    }

    private func note(_ outcome: BeginOutcome, _ worker: Int) {
        guard case .began(_, let slot) = outcome else {
            failures += 1
            return
        }
        while owners.count <= slot { owners.append(0) }
        owners[slot] = worker
        openCalls += 1
    }

    // MARK: Answers

    override func process(_ input: RawSpan, now: Instant) -> Int {
        var offset = 0
        unsafe machine.pointee.received(now: now)
        while true {
            switch unsafe machine.pointee.next(input, offset: &offset, now: now, arena: &arena) {
            case .starved, .closing: return offset
            case .consumed, .greeted, .item, .goAway: break
            case .response(let response):
                openCalls -= 1
                let body = input.extracting(response.body)
                answered(owners[response.slot], response.isPlainOK, body, now)
            }
            arena.reset()
        }
    }

    private func answered(_ worker: Int, _ isOK: Bool, _ body: RawSpan, _ now: Instant) {
        let began = workers[worker].began
        if workers[worker].isHolding {
            if !isOK { failures += 1 }
            latencies.add(nanoseconds: (now - began).nanoseconds)
            acquire(worker, now)
        } else if isOK, isHeld(body) {
            acquireLatencies.add(nanoseconds: (now - began).nanoseconds)
            workers[worker].grants += 1
            release(worker, now)
        } else {
            failures += 1
            acquire(worker, now)
        }
    }

    private func isHeld(_ body: RawSpan) -> Bool {
        guard let decoded = try? unsafe AcquireResponse.schema.decode(body, arena: &arena) else {
            return false
        }
        return unsafe AcquireResponse.View(decoded).held != nil
    }

    @unsafe override var output: UnsafeRawBufferPointer {
        unsafe machine.pointee.output.unsafeBytes
    }

    override func written(_ size: Int, now: Instant) {
        unsafe machine.pointee.written(size, now: now)
    }
}

/// The head of a call, encoded once; only its id changes.
struct PatchedHead {
    private var encoded: [UInt8]
    private let place: Int

    init(method: String) {
        let mark = RequestID(high: 0xF1F2_F3F4_F5F6_F7F8, low: 0xF8F7_F6F5_F4F3_F2F1)
        var head = RequestHead()
        head.method = method
        head.timeoutUs = 10_000_000
        head.requestId = mark.bytes
        let bytes = head.encoded()
        let wanted = mark.bytes
        place = (0...(bytes.count - 16)).first { Array(bytes[$0..<($0 + 16)]) == wanted } ?? 0
        encoded = bytes
    }

    mutating func setID(_ id: RequestID) {
        for byte in 0..<8 {
            let shift = UInt64(56 - 8 * byte)
            encoded[place + byte] = UInt8(truncatingIfNeeded: id.high >> shift)
            encoded[place + 8 + byte] = UInt8(truncatingIfNeeded: id.low >> shift)
        }
    }

    var bytes: RawSpan {
        @_lifetime(borrow self)
        get { unsafe encoded.span.bytes }
    }
}

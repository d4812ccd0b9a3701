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

/// Takes and releases locks.
@safe
final class LockLoad: CallLoad {
    private struct Worker {
        var turn = 0
        var grant = RequestID.none
        var began = Instant.zero
        var isHolding = false
        var grants = 0
    }

    private let work: LockWork
    private var acquireHead: PatchedHead
    private var releaseHead: PatchedHead
    private var workers: [Worker] = []
    private var lastGrant = RequestID.random()

    init(to endpoint: Endpoint, context: TLSContext, _ work: LockWork) throws {
        self.work = work
        acquireHead = PatchedHead(method: LockService.Methods.acquire.path)
        releaseHead = PatchedHead(method: LockService.Methods.release.path)
        try super.init(to: endpoint, context: context)
    }

    /// Grants of each worker while it was measured.
    private(set) var measured: [Int] = []

    override func forgetFigures() {
        super.forgetFigures()
        for index in workers.indices { workers[index].grants = 0 }
    }

    /// Keeps the figures of now and lets the workers give back what they hold.
    override func end() {
        measured = workers.map(\.grants)
        super.end()
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
        begin(worker, parked: &head, bytes: request.encodedBytes, now) {
            request.encode(into: &$0)
        }
    }

    private func release(_ worker: Int, _ now: Instant) {
        workers[worker].isHolding = true
        let request = ReleaseRequest(
            names: [name(worker)], grant: workers[worker].grant.bytes, answered: true)
        lastGrant.low &+= 1
        releaseHead.setID(lastGrant)
        call(worker, releaseHead, bytes: request.encodedBytes, now) { request.encode(into: &$0) }
    }

    // MARK: Answers

    override func answered(_ worker: Int, _ isOK: Bool, _ body: RawSpan, _ now: Instant) {
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
}

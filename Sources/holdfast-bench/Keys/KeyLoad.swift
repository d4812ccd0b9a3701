import HoldfastBase
import HoldfastRPC
import HoldfastTLS
import HoldfastWire

/// What the workers of a connection do with keys, again and again.
struct KeyWork {
    enum Kind: String, CaseIterable {
        /// Values read that nobody writes meanwhile.
        case get
        /// Values written.
        case put
        /// Values written if the key has the version that the worker wrote last.
        case cas
        /// All workers write one key.
        case hot
    }

    var kind: Kind
    /// Each worker has its part of them, but for `hot`, where all have the first.
    var keys: [String]
    var bytes: Int
}

/// Reads and writes keys. Each worker writes its keys once before anything is measured.
@safe
final class KeyLoad: CallLoad {
    private struct Worker {
        var turn = 0
        var began = Instant.zero
        /// Of the keys that this worker has, as far as it wrote them.
        var versions: [UInt64] = []
    }

    private let work: KeyWork
    private let value: [UInt8]
    private var getHead: PatchedHead
    private var putHead: PatchedHead
    private var workers: [Worker] = []
    private var lastID = RequestID.random()

    init(to endpoint: Endpoint, context: TLSContext, _ work: KeyWork) throws {
        self.work = work
        value = [UInt8](repeating: 0x76, count: work.bytes)
        getHead = PatchedHead(method: KeyService.Methods.getKey.path)
        putHead = PatchedHead(method: KeyService.Methods.putKey.path)
        try super.init(to: endpoint, context: context)
    }

    /// Whether every worker has written its keys.
    var isPrepared: Bool { workers.allSatisfy { $0.versions.count == keysEach } }

    override func begin(depth: Int, now: Instant) {
        workers = Array(repeating: Worker(), count: depth)
        for index in workers.indices { next(index, now) }
    }

    // MARK: Calls

    private var keysEach: Int {
        work.kind == .hot ? 1 : max(1, work.keys.count / max(1, workers.count))
    }

    private func key(_ worker: Int) -> String {
        if work.kind == .hot { return work.keys[0] }
        return work.keys[worker * keysEach + workers[worker].turn % keysEach]
    }

    private func next(_ worker: Int, _ now: Instant) {
        guard !isEnding else { return }
        lastID.low &+= 1
        workers[worker].began = now
        let isPrepared = workers[worker].versions.count == keysEach
        if isPrepared, work.kind == .get {
            let request = GetKeyRequest(key: key(worker))
            getHead.setID(lastID)
            call(worker, getHead, bytes: request.encodedBytes, now) { request.encode(into: &$0) }
            return
        }
        var request = PutKeyRequest(key: key(worker), value: value)
        if isPrepared, work.kind == .cas {
            let version = workers[worker].versions[workers[worker].turn % keysEach]
            request.condition = KeyCondition(condition: .version(version))
        }
        putHead.setID(lastID)
        call(worker, putHead, bytes: request.encodedBytes, now) { request.encode(into: &$0) }
    }

    // MARK: Answers

    override func answered(_ worker: Int, _ isOK: Bool, _ body: RawSpan, _ now: Instant) {
        let isPrepared = workers[worker].versions.count == keysEach
        if isOK, isPrepared && work.kind == .get || noteVersion(worker, isPrepared, body) {
            workers[worker].turn += 1
            latencies.add(nanoseconds: (now - workers[worker].began).nanoseconds)
        } else {
            failures += 1
        }
        next(worker, now)
    }

    /// Whether something was written.
    private func noteVersion(_ worker: Int, _ isPrepared: Bool, _ body: RawSpan) -> Bool {
        guard let decoded = try? unsafe PutKeyResponse.schema.decode(body, arena: &arena),
            case .version(let version) = unsafe PutKeyResponse(decoded: decoded).outcome
        else { return false }
        if isPrepared {
            workers[worker].versions[workers[worker].turn % keysEach] = version
        } else {
            workers[worker].versions.append(version)
        }
        return true
    }
}

import HoldfastBase
import HoldfastRPC
import HoldfastTLS
import HoldfastWire

/// A connection whose workers call again and again, by the connection machine alone, so that the
/// client does not bound what the server can do. The subclasses know what is called.
@safe
class CallLoad: LoadConnection {
    private static let patience = Interval.seconds(10)

    private let machine: UnsafeMutablePointer<ClientConnection>
    /// For what an answer is decoded into; reset behind each.
    var arena = WireArena()
    private var owners: [Int] = []
    private var openCalls = 0
    /// Of the first call of several that make a cycle.
    var acquireLatencies = Histogram()
    var failures = 0
    /// No further cycle begins.
    private(set) var isEnding = false
    var isIdle: Bool { openCalls == 0 }

    override init(to endpoint: Endpoint, context: TLSContext) throws {
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

    /// What came before was not measured.
    func forgetFigures() {
        latencies = Histogram()
        acquireLatencies = Histogram()
    }

    /// What is open is finished, and nothing begun.
    func end() { isEnding = true }

    // For subclasses.
    func answered(_ worker: Int, _ isOK: Bool, _ body: RawSpan, _ now: Instant) {}

    // MARK: Calls

    func call(
        _ worker: Int, _ head: borrowing PatchedHead, bytes: Int, _ now: Instant,
        _ write: (inout WireWriter) -> Void
    ) {
        let outcome = unsafe machine.pointee.begin(
            encodedHead: head.bytes, deadline: now + Self.patience, now: now, bodyBytes: bytes,
            write)
        note(outcome, worker)
    }

    /// A call that waits; those count apart from others.
    func begin(
        _ worker: Int, parked head: inout RequestHead, bytes: Int, _ now: Instant,
        _ write: (inout WireWriter) -> Void
    ) {
        let outcome = unsafe machine.pointee.begin(
            head: &head, kind: .parked, isStream: false, deadline: now + .seconds(60), now: now,
            bodyBytes: bytes, write)
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

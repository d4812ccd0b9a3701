internal import HoldfastBase
internal import HoldfastRuntime
internal import HoldfastSystem
internal import HoldfastTLS
internal import HoldfastWireProtocol
internal import Synchronization

/// The shell around one `ServerConnection`: the socket, the TLS session, and the calls in progress.
///
/// It decides nothing that the protocol decides. Its own states are those of the transport:
/// handshaking → (waiting →) open → lingering (our end is closed, the peer's last bytes are let in so that it is
/// not reset before it has read our GOAWAY) → ended.
@safe
final class ServerSession: LoopSource {
    enum State {
        case handshaking
        /// The handshake has ended; what the peer says is not listened to yet.
        case waiting
        case open
        case lingering
        case ended
    }

    private static let lingerTime = Interval.seconds(1)
    private static let handshakeTimeWhileDraining = Interval.seconds(1)
    /// Records read in one tick; then the other connections have their turn.
    private static let readsPerTick = 2
    /// Records written to make room in the midst of a tick.
    private static let writesForRoom = 4
    /// Streams woken when room comes back; it may be taken by the first.
    static let wokenForRoomMax = 64
    static let recordBytes = 16 << 10
    private static let numbers = Atomic<UInt64>(0)

    let shard: ServerShard
    let loop: EventLoop
    let settings: ServerProtocolSettings
    let host: String
    let descriptor: Int32
    var token = LoopToken.none
    var state = State.handshaking
    var tls: TLSSession
    /// The machine lives in memory of its own so that its methods run without exclusivity checks.
    let machine: UnsafeMutablePointer<ServerConnection>
    /// Bytes of frames that are not whole yet, or that wait for their turn.
    var pending = ByteQueue()
    var hasTurn = false
    var calls: [ServerCall?] = []
    /// Streams among them.
    var taskStreams = 0
    /// Streams that could not send because too much was queued, by slot: each is here once, however
    /// often its caller wakes it.
    var waitingForRoom: Set<Int> = []
    /// Elements of held streams that wait for credit or room, by slot, and their bytes together.
    var heldStreams: [Int: HeldElements] = [:]
    var heldBytes = 0
    /// The slot that was first when room came back last: the next one's turn is before it.
    var roomTurn = -1
    var peer: ServerContext.Peer
    let accepted: Instant
    /// Whether an answer has asked for this tick's `flush` already.
    private var isMarked = false
    private var interest: Poller.Interest = .readable
    private var armed = Instant.never
    private var bytesIn: UInt64 = 0
    private var bytesOut: UInt64 = 0
    var endReason = "transport"
    /// The step of the handshake that is computed on the other thread, which alone may use `tls`
    /// and the descriptor until it is back.
    var step: HandshakeWork?
    private var endDetail = ""
    /// The server drains, which the peer learns when the handshake has ended.
    var drainWhenOpen: (reason: String, grace: Interval)?

    init(
        shard: ServerShard, descriptor: Int32, address: SocketAddress, host: String
    ) throws(TLSError) {
        self.shard = shard
        loop = shard.loop
        settings = shard.core.settings
        self.descriptor = descriptor
        self.host = host
        accepted = shard.loop.now
        tls = try TLSSession(server: shard.core.context(), descriptor: descriptor)
        let number = Self.numbers.add(1, ordering: .relaxed).newValue
        peer = ServerContext.Peer(
            address: address.description, identity: nil, agent: "", connection: number)
        unsafe machine = .allocate(capacity: 1)
        let limits = settings.limits
        // Up to a tenth, so that connections of one age do not all leave at once.
        let jitter = Interval(
            nanoseconds: limits.connectionAgeMax.nanoseconds / 10_000 * Int64(number &* 7919 % 1000)
        )
        unsafe machine.initialize(
            to: ServerConnection(settings: settings, now: accepted, ageJitter: jitter))
    }

    deinit {
        unsafe machine.deinitialize(count: 1)
        unsafe machine.deallocate()
    }

    var now: Instant { loop.now }
    var activeStreams: Int { unsafe machine.pointee.activeCount + machine.pointee.vitalCount }
    var parkedStreams: Int { unsafe machine.pointee.parkedCount }

    var isHandshaking: Bool {
        if case .handshaking = state { return true }
        return false
    }

    func begin() {
        token = loop.register(self)
        do {
            try loop.watch(descriptor, [.readable, .oneShot], for: token)
        } catch {
            end(reason: "setup", detail: error.description)
            return
        }
        interest = [.readable, .oneShot]
        arm(accepted + settings.limits.handshakeTimeout)
    }

    // MARK: Events

    func ready(_ event: Poller.Event) {
        switch state {
        case .handshaking: stepHandshake()
        case .waiting: break
        case .open:
            if event.isReadable { receive() }
            if event.isWritable { loop.markDirty(token) }
        case .lingering: discardInput()
        case .ended: break
        }
    }

    func timerFired() {
        armed = .never
        switch state {
        case .handshaking: handshakeTimedOut()
        case .waiting: greet()
        case .lingering: end(reason: endReason, detail: endDetail)
        case .ended: break
        case .open:
            unsafe machine.pointee.timeReached(loop.now)
            rearm()
            loop.markDirty(token)
        }
    }

    func continueWork() {
        hasTurn = false
        guard case .open = state else { return }
        processPending()
        loop.markDirty(token)
    }

    func loopStopped() {
        end(reason: "server_stopped", detail: "")
    }

    func drain(reason: String, grace: Interval) {
        switch state {
        case .open: break
        case .waiting:
            drainWhenOpen = (reason, grace)
            greet()
            return
        case .handshaking:
            // Its calls may be on their way: only a GOAWAY says that none was processed. A handshake
            // that does not end soon must not hold up the drain.
            drainWhenOpen = (reason, grace)
            arm(loop.now + Self.handshakeTimeWhileDraining)
            return
        case .lingering, .ended:
            end(reason: "drained", detail: "")
            return
        }
        unsafe machine.pointee.beginDrain(reason: reason, grace: grace, now: loop.now)
        rearm()
        loop.markDirty(token)
    }

    // MARK: Reading

    func receive() {
        var room = Self.readsPerTick
        while unsafe machine.pointee.wantsRead, !hasTurn, room > 0, case .open = state {
            room -= 1
            guard let size = readOnce() else { break }
            bytesIn &+= UInt64(size)
            shard.statistics.bytesIn &+= UInt64(size)
            if size < Self.recordBytes, tls.pendingBytes == 0 { break }
        }
        if room == 0, tls.pendingBytes > 0 { takeTurn() }
        finishTick()
    }

    /// Reads once and deals with what came; `nil` when nothing did.
    private func readOnce() -> Int? {
        var step = TransferStep.wantRead
        if pending.isEmpty {
            step = unsafe tls.read(into: shard.scratch)
            if case .bytes(let size) = step {
                let input = unsafe UnsafeRawBufferPointer(rebasing: shard.scratch[..<size])
                let used = unsafe process(input)
                if used < size, case .open = state {
                    unsafe pending.append(
                        RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: input[used...])))
                }
                noteLeftover()
            }
        } else {
            unsafe pending.append(room: Self.recordBytes) { room in
                step = unsafe tls.read(into: room)
                if case .bytes(let size) = step { return size }
                return 0
            }
            if case .bytes = step { processPending() }
        }
        switch step {
        case .bytes(let size): return size
        case .wantRead, .wantWrite: return nil
        case .closed:
            end(reason: endOfStreamReason, detail: "")
            return nil
        case .failed(let failure):
            end(reason: endReason(of: failure), detail: failure.description)
            return nil
        }
    }

    private var endOfStreamReason: String {
        unsafe machine.pointee.closeReason?.name ?? "peer_closed"
    }

    /// What TLS forbids is no end that the peer wished for.
    private func endReason(of failure: TLSFailure) -> String {
        switch failure.reason {
        case .peerClosed, .truncated: endOfStreamReason
        default: unsafe machine.pointee.closeReason?.name ?? failure.reason.rawValue
        }
    }

    func processPending() {
        guard !pending.isEmpty else { return }
        let used = unsafe process(pending.unsafeBytes)
        pending.removeFirst(used)
        pending.releaseIfEmpty()
        noteLeftover()
    }

    private func noteLeftover() {
        // Frames that only wait for their turn are whole: they are not late.
        unsafe machine.pointee.received(leftover: hasTurn ? 0 : pending.count, now: loop.now)
    }

    /// Asks to go on in the next tick, behind the other connections.
    func takeTurn() {
        guard !hasTurn else { return }
        hasTurn = true
        loop.continueNextTick(token)
    }

    private func discardInput() {
        var discarded = 0
        while discarded < 1 << 18 {
            switch unsafe Sockets.read(descriptor, into: shard.scratch) {
            case .bytes(let size): discarded += size
            case .wouldBlock: return
            case .end, .failed:
                end(reason: endReason, detail: endDetail)
                return
            }
        }
        end(reason: endReason, detail: endDetail)
    }

    func finishTick() {
        guard case .open = state else { return }
        rearm()
        if unsafe !machine.pointee.output.isEmpty || machine.pointee.closeReason != nil {
            loop.markDirty(token)
        }
    }

    // MARK: Writing

    /// Has `flush` called at the end of the tick; of the many answers of one, the first asks.
    @inline(__always)
    func markDirty() {
        guard !isMarked else { return }
        isMarked = true
        loop.markDirty(token)
    }

    func flush() {
        isMarked = false
        guard case .open = state else { return }
        if let isBlocked = writeOutput(shard.takeBulkPlace) { afterFlush(isBlocked: isBlocked) }
    }

    /// Writes in the middle of a tick what would otherwise grow past the marks that are there for
    /// peers that do not read: many large answers may become ready at once for one that does.
    func makeRoom(for bytes: Int) {
        guard
            unsafe machine.pointee.output.count + bytes > settings.limits.outboundHighBytes,
            unsafe !machine.pointee.output.isEmpty, case .open = state
        else { return }
        var records = Self.writesForRoom
        _ = writeOutput {
            records -= 1
            return records >= 0
        }
    }

    /// Writes as much as the socket takes and `mayWriteWhole` allows of whole records; the answer is
    /// whether the socket takes no more, and `nil` when the connection ended over it.
    private func writeOutput(_ mayWriteWhole: () -> Bool) -> Bool? {
        var isBlocked = false
        while unsafe !machine.pointee.output.isEmpty, !isBlocked {
            let isWhole = unsafe machine.pointee.output.count >= Self.recordBytes
            if isWhole, !mayWriteWhole() { break }
            switch unsafe tls.write(machine.pointee.output.unsafeBytes) {
            case .bytes(let size):
                bytesOut &+= UInt64(size)
                shard.statistics.bytesOut &+= UInt64(size)
                unsafe machine.pointee.written(size, now: loop.now)
            case .wantRead, .wantWrite:
                isBlocked = true
                unsafe machine.pointee.output.blocked()
                unsafe machine.pointee.written(0, now: loop.now)
            case .closed:
                end(reason: "peer_closed", detail: "")
                return nil
            case .failed(let failure):
                end(reason: endReason(of: failure), detail: failure.description)
                return nil
            }
        }
        return isBlocked
    }

    private func afterFlush(isBlocked: Bool) {
        let isEmpty = unsafe machine.pointee.output.isEmpty
        if let reason = unsafe machine.pointee.closeReason, unsafe machine.pointee.isOver {
            endReason = reason.name
            if reason.isFlood { shard.flooders.note(peer.nameOrHost, now: loop.now) }
            linger()
            return
        }
        if isEmpty {
            unsafe machine.pointee.releaseIdleMemory()
        } else if !isBlocked {
            loop.markDirty(token)
        }
        cancelAbandoned()
        resumeAfterBackpressure()
        signalStreams()
        rearm()
        var wanted: Poller.Interest = isBlocked ? .writable : []
        if unsafe machine.pointee.wantsRead { wanted.insert(.readable) }
        watch(wanted)
    }

    /// Goes on with what had to wait while the peer left our answers unread.
    private func resumeAfterBackpressure() {
        guard !hasTurn, !pending.isEmpty, unsafe machine.pointee.wantsRead else { return }
        if unsafe machine.pointee.output.count <= settings.limits.outboundLowBytes,
            unsafe machine.pointee.hasWholeFrame(pending.bytes)
        {
            takeTurn()
        }
    }

    // MARK: Ending

    /// Closes our half and lets the peer read what we sent.
    func linger() {
        if case .open = state { tls.shutdown() }
        if case .handshaking = state { shard.handshakeEnded() }
        cancelCalls()
        state = .lingering
        Sockets.shutdownWrite(descriptor)
        arm(loop.now + Self.lingerTime)
        watch(.readable)
        discardInput()
    }

    func end(reason: String, detail: String) {
        if case .ended = state { return }
        if case .handshaking = state { shard.handshakeEnded() }
        state = .ended
        cancelCalls()
        shard.statistics.connectionEnds[reason, default: 0] &+= 1
        shard.core.observer?.connectionEnded(peer: peer, reason: reason, detail: detail)
        loop.unwatch(descriptor)
        loop.unregister(token)
        // A step that is under way uses the descriptor, whose number may not go to another yet.
        if let step { step.giveUp() } else { Sockets.close(descriptor) }
        shard.ended(self)
    }

    // MARK: Timer and interest

    func rearm() {
        arm(unsafe machine.pointee.wake)
    }

    func arm(_ instant: Instant) {
        guard instant < armed || (state == .lingering && instant != armed) else { return }
        armed = instant
        loop.setTimer(token, at: instant)
    }

    /// Asks for one event: while the other thread has the session, none is of use here.
    func watchOnce(_ wanted: Poller.Interest) {
        interest = []
        watch(wanted.union(.oneShot))
    }

    func watch(_ wanted: Poller.Interest) {
        guard wanted != interest else { return }
        interest = wanted
        do {
            try loop.rewatch(descriptor, wanted, for: token)
        } catch {
            end(reason: "transport", detail: error.description)
        }
    }

    /// What an operator sees of this connection.
    func describe() -> ConnectionDescription {
        let machine = unsafe self.machine
        let stateName =
            switch state {
            case .handshaking, .waiting: "handshake"
            case .open: unsafe machine.pointee.isDraining ? "draining" : "open"
            case .lingering, .ended: "closing"
            }
        return unsafe ConnectionDescription(
            peer: ServerContext.Peer(
                address: peer.address, identity: peer.identity, agent: machine.pointee.agent,
                connection: peer.connection),
            age: loop.now - accepted, idle: loop.now - machine.pointee.lastReceived,
            activeStreams: activeStreams, parkedStreams: parkedStreams,
            callsTotal: machine.pointee.callsTotal, bytesIn: bytesIn, bytesOut: bytesOut,
            bytesQueued: machine.pointee.output.count, state: stateName)
    }
}

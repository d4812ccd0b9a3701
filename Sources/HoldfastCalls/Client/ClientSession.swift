internal import HoldfastBase
internal import HoldfastRuntime
internal import HoldfastSystem
internal import HoldfastTLS
internal import HoldfastWireProtocol

/// The shell around one `ClientConnection`: the socket, the TLS session, and the calls in flight.
///
/// connecting → handshaking → open → (leaving, decided by the machine) → ended. It tells its channel
/// when it is ready, when the server is leaving, and how it ended; the channel decides what follows.
@safe
final class ClientSession: LoopSource {
    enum State {
        case connecting
        case handshaking
        case open
        case ended
    }

    private static let recordBytes = 16 << 10
    private static let keptBytesMax = 64 << 10
    /// Time in which a server that was left because of its silence may show that it lives.
    private static let lastMoment = Interval.seconds(1)

    let channel: ChannelCore
    private let loop: EventLoop
    private let descriptor: Descriptor
    private let serverName: String
    private let context: TLSContext
    private var tls: TLSSession?
    private(set) var token = LoopToken.none
    private(set) var state = State.connecting
    let endpoint: Endpoint
    let machine: UnsafeMutablePointer<ClientConnection>
    private var input = ByteQueue()
    private var calls: [ClientCall?] = []
    private var interest: Poller.Interest = .writable
    private var armed = Instant.never
    private(set) var hello: Hello?
    let begun: Instant
    /// Whether a call was answered here.
    private(set) var hasAnswered = false
    /// Since when nothing has come, where that made the channel go elsewhere.
    private var silentSince: Instant?
    private var doubtDue = Instant.never

    init(
        channel: ChannelCore, endpoint: Endpoint, address: SocketAddress, context: TLSContext
    ) throws(SystemError) {
        self.channel = channel
        self.endpoint = endpoint
        self.context = context
        loop = channel.loop
        begun = channel.loop.now
        serverName = channel.configuration.serverName ?? endpoint.host
        descriptor = try Sockets.connect(to: address)
        unsafe machine = .allocate(capacity: 1)
        unsafe machine.initialize(
            to: ClientConnection(settings: channel.protocolSettings, now: channel.loop.now))
    }

    deinit {
        unsafe machine.deinitialize(count: 1)
        unsafe machine.deallocate()
    }

    func begin() throws(SystemError) {
        token = loop.register(self)
        try loop.watch(descriptor.number, .writable, for: token)
        arm(loop.now + channel.configuration.connectInterval)
    }

    var takesCalls: Bool {
        guard case .open = state else { return false }
        return unsafe machine.pointee.takesCalls
    }

    var openCalls: Int { calls.reduce(0) { $0 + ($1 == nil ? 0 : 1) } }

    // MARK: Events

    func ready(_ event: Poller.Event) {
        switch state {
        case .connecting: connected()
        case .handshaking: stepHandshake()
        case .open:
            if event.isReadable { receive() }
            if event.isWritable { loop.markDirty(token) }
        case .ended: break
        }
    }

    func timerFired() {
        armed = .never
        switch state {
        case .connecting, .handshaking:
            end(RPCError(.unavailable, "\(endpoint) did not answer in time", isNotProcessed: true))
        case .ended: break
        case .open:
            unsafe machine.pointee.timeReached(loop.now)
            failExpired()
            lookAtDoubt()
            guard case .open = state else { return }
            rearm()
            loop.markDirty(token)
        }
    }

    func loopStopped() {
        end(RPCError(.unavailable, "the client was closed"))
    }

    private func connected() {
        if let error = Sockets.outcome(of: descriptor.number) {
            end(
                RPCError(
                    .unavailable, "cannot connect to \(endpoint): \(error)", isNotProcessed: true))
            return
        }
        do {
            tls = try TLSSession(
                client: context, descriptor: descriptor.number, serverName: serverName)
        } catch {
            end(RPCError(.failedPrecondition, error.description))
            return
        }
        state = .handshaking
        stepHandshake()
    }

    private func stepHandshake() {
        guard case .handshaking = state, let step = tls?.handshake() else { return }
        switch step {
        case .wantRead: watch(.readable)
        case .wantWrite: watch(.writable)
        case .complete:
            state = .open
            unsafe machine.pointee.transportOpened(loop.now)
            watch(.readable)
            rearm()
            loop.markDirty(token)
            channel.opened(self)
        case .failed(let failure): end(error(of: failure, sent: false))
        }
    }

    // MARK: Reading

    private func receive() {
        var rounds = 4
        while rounds > 0, case .open = state {
            rounds -= 1
            var step = TransferStep.wantRead
            unsafe input.append(room: Self.recordBytes) { room in
                guard let read = unsafe tls?.read(into: room) else { return 0 }
                step = read
                if case .bytes(let size) = read { return size }
                return 0
            }
            switch step {
            case .bytes(let size):
                process()
                if size < Self.recordBytes, tls?.pendingBytes == 0 { rounds = 0 }
            case .wantRead, .wantWrite: rounds = 0
            case .closed:
                end(RPCError(.unavailable, "\(endpoint) closed the connection"))
                return
            case .failed(let failure):
                end(error(of: failure, sent: true))
                return
            }
        }
        guard case .open = state else { return }
        if let pending = tls?.pendingBytes, pending > 0 { loop.continueNextTick(token) }
        input.releaseIfEmpty()
        rearm()
        if unsafe !machine.pointee.output.isEmpty { loop.markDirty(token) }
        channel.roomChanged(self)
    }

    func continueWork() {
        if case .open = state { receive() }
    }

    private func process() {
        let arena = unsafe channel.arena
        let span = unsafe RawSpan(_unsafeBytes: input.unsafeBytes)
        var offset = 0
        unsafe machine.pointee.received(now: loop.now)
        reading: while case .open = state {
            let step = unsafe machine.pointee.next(
                span, offset: &offset, now: loop.now, arena: &arena.pointee)
            switch step {
            case .starved: break reading
            case .consumed: break
            case .greeted(let hello):
                self.hello = hello
                channel.greeted(self, hello)
            case .response(let response):
                finish(response, span)
                hasAnswered = true
                channel.answered(self)
            case .item(_, let slot, let body):
                guard slot < calls.count, let call = calls[slot] else { break }
                unsafe call.element(span.extracting(body), arena: &arena.pointee)
            case .goAway(let goAway): serverLeaves(goAway)
            case .closing:
                // Nothing is read any more; what comes until the last words are taken is dropped.
                offset = span.byteCount
                loop.markDirty(token)
                break reading
            }
            unsafe arena.pointee.reset()
        }
        unsafe arena.pointee.reset()
        input.removeFirst(offset)
        endIfLeft()
    }

    private func finish(_ response: IncomingResponse, _ input: RawSpan) {
        guard response.slot < calls.count, let call = calls[response.slot] else { return }
        calls[response.slot] = nil
        let arena = unsafe channel.arena
        if let head = response.copyHead(), let error = RPCError(head) {
            call.fail(error)
        } else {
            unsafe call.succeed(input.extracting(response.body), arena: &arena.pointee)
        }
    }

    private func serverLeaves(_ goAway: GoAway) {
        channel.leaving(self, isSentAway: true)
        var slot = 0
        while let next = unsafe machine.pointee.nextUnprocessed(fromSlot: slot) {
            let call = next.slot < calls.count ? calls[next.slot] : nil
            if next.slot < calls.count { calls[next.slot] = nil }
            unsafe machine.pointee.forget(next.stream)
            call?.fail(
                RPCError(
                    .unavailable, "\(endpoint) is leaving: \(goAway.reason)", reason: "GO_AWAY",
                    isNotProcessed: true))
            slot = next.slot + 1
        }
    }

    /// A connection that takes no calls and has none left has done its work.
    private func endIfLeft() {
        guard case .open = state, unsafe !machine.pointee.takesCalls,
            unsafe machine.pointee.openStreams == 0, unsafe machine.pointee.closeReason == nil
        else { return }
        // Where the stream numbers are used up, the channel does not know yet.
        channel.leaving(self)
        unsafe machine.pointee.close(.local, code: .idle, reason: "done")
        loop.markDirty(token)
    }

    // MARK: Calls

    /// Puts a call on the wire, or says why not.
    func start(_ call: ClientCall) -> BeginOutcome {
        let body = call.body
        let outcome = unsafe machine.pointee.begin(
            head: &call.head, kind: call.kind, isStream: call.isStream, deadline: call.deadline,
            now: loop.now, bodyBytes: body.count
        ) { writer in
            unsafe body.withUnsafeBytes { unsafe writer.putRaw($0) }
        }
        if case .began(let stream, let slot) = outcome {
            call.session = token
            call.stream = stream
            while calls.count <= slot { calls.append(nil) }
            calls[slot] = call
            loop.markDirty(token)
            rearm()
        }
        return outcome
    }

    /// The caller has given up; the slot is freed when the RESPONSE comes.
    func cancel(_ call: ClientCall) {
        guard let slot = unsafe machine.pointee.slot(of: call.stream), slot < calls.count,
            calls[slot] === call
        else { return }
        calls[slot] = nil
        unsafe machine.pointee.cancel(call.stream, code: .cancelled, reason: "")
        loop.markDirty(token)
    }

    func grant(_ call: ClientCall, items: Int) {
        unsafe machine.pointee.grant(call.stream, items: UInt32(clamping: items))
        loop.markDirty(token)
    }

    private func failExpired() {
        while let next = unsafe machine.pointee.nextExpired(loop.now) {
            guard next.slot < calls.count, let call = calls[next.slot] else { continue }
            calls[next.slot] = nil
            call.fail(RPCError(.deadlineExceeded, "no answer within the timeout of the call"))
        }
    }

    // MARK: Silence

    func isSilent(since instant: Instant) -> Bool {
        guard case .open = state else { return false }
        return unsafe machine.pointee.lastReceived < instant
    }

    /// Calls go elsewhere; those that are open here end when nothing comes for a moment longer.
    func doubt(silentSince instant: Instant) {
        silentSince = instant
        doubtDue = loop.now + Self.lastMoment
        rearm()
    }

    private func lookAtDoubt() {
        guard let silentSince, doubtDue <= loop.now else { return }
        if isSilent(since: silentSince) {
            end(RPCError(.unavailable, "\(endpoint) stopped answering"))
        } else if unsafe machine.pointee.openStreams == 0 {
            unsafe machine.pointee.close(.local, code: .idle, reason: "moved on")
            doubtDue = .never
        } else {
            // It lives: what is open there may take its time.
            doubtDue = loop.now + Self.lastMoment
        }
    }

    // MARK: Writing and ending

    func flush() {
        guard case .open = state else { return }
        var isBlocked = false
        while unsafe !machine.pointee.output.isEmpty, !isBlocked {
            guard let step = unsafe tls?.write(machine.pointee.output.unsafeBytes) else { return }
            switch step {
            case .bytes(let size): unsafe machine.pointee.written(size, now: loop.now)
            case .wantRead, .wantWrite:
                isBlocked = true
                unsafe machine.pointee.output.blocked()
                unsafe machine.pointee.written(0, now: loop.now)
            case .closed:
                end(RPCError(.unavailable, "\(endpoint) closed the connection"))
                return
            case .failed(let failure):
                end(error(of: failure, sent: true))
                return
            }
        }
        if let reason = unsafe machine.pointee.closeReason, unsafe machine.pointee.isOver {
            end(Self.error(of: reason, at: endpoint))
            return
        }
        if unsafe machine.pointee.output.isEmpty { unsafe machine.pointee.releaseIdleMemory() }
        rearm()
        watch(isBlocked ? [.readable, .writable] : .readable)
    }

    /// Ends the connection from this side, after what is queued.
    func close() {
        guard case .open = state else {
            end(RPCError(.unavailable, "the client was closed", isNotProcessed: true))
            return
        }
        unsafe machine.pointee.close(.local, code: .idle, reason: "the client is closing")
        flush()
        end(RPCError(.unavailable, "the client was closed"))
    }

    func end(_ error: RPCError) {
        if case .ended = state { return }
        if case .open = state { tls?.shutdown() }
        state = .ended
        loop.unwatch(descriptor.number)
        loop.unregister(token)
        let open = calls
        calls.removeAll()
        channel.ended(self, error)
        for call in open { call?.fail(error) }
    }

    private func rearm() {
        arm(min(unsafe machine.pointee.wake, doubtDue))
    }

    private func arm(_ instant: Instant) {
        guard instant < armed else { return }
        armed = instant
        loop.setTimer(token, at: instant)
    }

    private func watch(_ wanted: Poller.Interest) {
        guard wanted != interest else { return }
        interest = wanted
        do {
            try loop.rewatch(descriptor.number, wanted, for: token)
        } catch {
            end(RPCError(.unavailable, error.description))
        }
    }

    private func error(of failure: TLSFailure, sent: Bool) -> RPCError {
        if failure.isAuthentication {
            let name = failure.reason == .nameMismatch ? " than \(serverName)" : ""
            return RPCError(
                .unauthenticated, "TLS with \(endpoint) was refused: \(failure.description)\(name)",
                reason: failure.reason.rawValue.uppercased())
        }
        return RPCError(
            .unavailable, "the connection to \(endpoint) failed: \(failure.description)",
            isNotProcessed: !sent)
    }

    private static func error(of reason: ClientCloseReason, at endpoint: Endpoint) -> RPCError {
        switch reason {
        case .violation(let violation):
            RPCError(.internal, "\(endpoint) broke the protocol: \(violation.explanation)")
        case .helloTimeout: RPCError(.unavailable, "\(endpoint) sent no HELLO in time")
        case .pingTimeout: RPCError(.unavailable, "\(endpoint) stopped answering")
        case .writeStall: RPCError(.unavailable, "\(endpoint) does not read")
        case .serverLeft, .local: RPCError(.unavailable, "the connection was closed")
        }
    }
}

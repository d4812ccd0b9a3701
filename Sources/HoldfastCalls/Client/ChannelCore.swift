internal import HoldfastBase
internal import HoldfastRuntime
internal import HoldfastSystem
internal import HoldfastTLS
internal import HoldfastWireProtocol

/// The part of a channel that lives on its loop: the connection in use, those that are leaving, and
/// the calls that wait.
///
/// It dials when there is work and keeps the connection; when the server is leaving it dials another
/// before the old one has gone; calls that were never processed go to the new one, the others end
/// where they are.
///
/// `@unchecked Sendable`: everything mutable is touched on the loop only.
@safe
final class ChannelCore: LoopSource, @unchecked Sendable {
    /// A connection that ends sooner, without an answer, is as good as none.
    private static let shortLife = Interval.seconds(1)

    let configuration: ChannelConfiguration
    let protocolSettings: ClientProtocolSettings
    let loop: EventLoop
    private let tls: TLSReloader
    let arena: UnsafeMutablePointer<WireArena>

    private var token = LoopToken.none
    private var dialer: Dialer
    private var random = SystemRandomNumberGenerator()
    private var current: ClientSession?
    private var isDialing = false
    /// Further addresses of the endpoint that is being dialled.
    private var untried: ArraySlice<SocketAddress> = []
    private var leavingSessions: [ClientSession] = []
    private var waiting = WaitingCalls()
    private var lastError: RPCError?
    private var isClosed = false
    private var armed = Instant.never
    private var isKeptOpen = false

    init(
        configuration: ChannelConfiguration, settings: ClientProtocolSettings, tls: TLSReloader,
        loop: EventLoop
    ) {
        self.configuration = configuration
        self.protocolSettings = settings
        self.tls = tls
        self.loop = loop
        unsafe arena = .allocate(capacity: 1)
        unsafe arena.initialize(to: WireArena())
        dialer = Dialer(
            endpoints: configuration.endpoints, pauseMax: Interval(configuration.backOffMax),
            using: &random)
    }

    deinit {
        unsafe arena.deinitialize(count: 1)
        unsafe arena.deallocate()
    }

    // MARK: Calls

    func submit(_ call: ClientCall) {
        call.isSubmitted = true
        guard !call.wasCancelled else {
            call.fail(Self.cancelledError)
            return
        }
        guard !isClosed else {
            call.dropped()
            return
        }
        if let current, current.takesCalls, waiting.isEmpty(for: call.kind),
            start(call, on: current)
        {
            return
        }
        guard waiting.count < configuration.queuedCallsMax else {
            call.fail(
                RPCError(
                    .resourceExhausted, "\(waiting.count) calls wait for a connection already",
                    reason: "CLIENT_QUEUE_FULL", isNotProcessed: true))
            return
        }
        waiting.append(call)
        arm(call.deadline)
        guard current?.takesCalls != true else { return }
        // A dial may fail at once; that the call waits by then is why another endpoint is tried.
        dial()
        // Who does not wait for a server still waits for the outcome of the dial under way.
        guard !call.waitForReady, !isDialing, !call.isDone else { return }
        waiting.remove(call)
        call.fail(notReady)
    }

    /// Whether the call is dealt with.
    private func start(_ call: ClientCall, on session: ClientSession) -> Bool {
        guard !call.isDone else { return true }
        guard call.deadline > loop.now else {
            call.fail(RPCError(.deadlineExceeded, "no time was left when the call could begin"))
            return true
        }
        switch session.start(call) {
        case .began: return true
        case .full: return false
        case .elsewhere:
            leaving(session)
            return false
        case .tooLarge(let limit):
            call.fail(
                RPCError(
                    .invalidArgument, "the request is larger than the server's \(limit) bytes",
                    reason: "REQUEST_TOO_LARGE"))
            return true
        }
    }

    func cancelled(_ call: ClientCall) {
        // Legal race: a task that was cancelled before it called. Nobody could be told yet; `submit`
        // sees the mark.
        guard call.isSubmitted else { return }
        if let session = loop.source(call.session) as? ClientSession {
            session.cancel(call)
        } else {
            waiting.remove(call)
        }
        call.fail(Self.cancelledError)
    }

    func grant(_ call: ClientCall, items: Int) {
        (loop.source(call.session) as? ClientSession)?.grant(call, items: items)
    }

    private static var cancelledError: RPCError {
        RPCError(.cancelled, "the caller cancelled the call")
    }

    /// Why there is no server. Who was refused hears the refusal: "not connected" would ask for a repeat.
    private var notReady: RPCError {
        if let lastError, Self.isFinal(lastError) { return lastError }
        return RPCError(
            .unavailable, lastError?.message ?? "not connected yet", reason: "NOT_CONNECTED",
            isNotProcessed: true)
    }

    private func startWaiting() {
        guard let current, !waiting.isEmpty else { return }
        var calls = waiting
        waiting = WaitingCalls()
        calls.start { call in current.takesCalls && start(call, on: current) }
        waiting = calls
        // The last stream number is used, or the server is leaving: the rest goes elsewhere.
        guard !waiting.isEmpty, !isDialing, !current.takesCalls else { return }
        leaving(current)
        // Where it had left already, a dial that failed at once saw nobody waiting.
        dial()
    }

    // MARK: Connections

    /// Connects now and again whenever the connection is lost, with or without calls.
    func keepOpen() {
        isKeptOpen = true
        dial()
    }

    func dial() {
        guard !isClosed, !isDialing, current?.takesCalls != true else { return }
        guard case .dial(let endpoint) = dialer.next(now: loop.now) else {
            if case .pause(let until) = dialer.next(now: loop.now) { arm(until) }
            return
        }
        isDialing = true
        if let address = SocketAddress.numeric(host: endpoint.host, port: endpoint.port) {
            connect(to: endpoint, at: .success([address]))
            return
        }
        let resolver = Resolution(endpoint: endpoint, channel: self)
        do {
            try resolver.start()
        } catch {
            dialFailed(RPCError(.unavailable, error.description, isNotProcessed: true))
        }
    }

    func connect(to endpoint: Endpoint, at found: Result<[SocketAddress], ResolveError>) {
        guard !isClosed else { return }
        switch found {
        case .success(let addresses):
            untried = addresses[...]
            connectToNextAddress(of: endpoint)
        case .failure(let error):
            dialFailed(RPCError(.unavailable, error.description, isNotProcessed: true))
        }
    }

    /// A name may stand for several addresses, of which a server has perhaps one: "localhost" is ::1
    /// and 127.0.0.1.
    private func connectToNextAddress(of endpoint: Endpoint) {
        guard let address = untried.popFirst() else {
            dialFailed(RPCError(.unavailable, "\(endpoint.host) has no address"))
            return
        }
        // Certificates are looked at again for each connection: rotation needs no restart.
        if tls.filesChanged() { _ = tls.reload() }
        if let current { leavingSessions.append(current) }
        do {
            let session = try ClientSession(
                channel: self, endpoint: endpoint, address: address, context: tls.current)
            current = session
            try session.begin()
        } catch {
            current = nil
            connectionFailed(
                RPCError(
                    .unavailable, "cannot connect to \(endpoint): \(error)", isNotProcessed: true),
                at: endpoint)
        }
    }

    private func connectionFailed(_ error: RPCError, at endpoint: Endpoint) {
        current = nil
        if untried.isEmpty || isClosed {
            dialFailed(error)
        } else {
            connectToNextAddress(of: endpoint)
        }
    }

    private func dialFailed(_ error: RPCError) {
        isDialing = false
        current = nil
        lastError = error
        dialer.failed(now: loop.now, random: Double.random(in: 0..<1, using: &random))
        failWaiting(error, hasTriedAll: dialer.isPausing(now: loop.now))
        if !waiting.isEmpty || isKeptOpen { dial() }
    }

    /// A dial has failed: when no endpoint is left to try, calls that do not wait for one end, and
    /// where the server refuses who we are, all do, for no repeat would change that.
    private func failWaiting(_ error: RPCError, hasTriedAll: Bool) {
        let isFinal = Self.isFinal(error)
        for call in waiting.takeAll() {
            if isFinal {
                call.fail(error)
            } else if hasTriedAll, !call.waitForReady {
                call.fail(notReady)
            } else {
                waiting.append(call)
            }
        }
    }

    private static func isFinal(_ error: RPCError) -> Bool {
        error.code == .unauthenticated || error.code == .failedPrecondition
    }

    func opened(_ session: ClientSession) {
        guard session === current else { return }
        isDialing = false
        untried = []
        startWaiting()
    }

    func greeted(_ session: ClientSession, _ hello: Hello) {
        guard session === current else { return }
        lastError = nil
    }

    /// The server has answered a call: it works. (A HELLO alone shows little: a server that greets and
    /// leaves, over and over, must not be dialled without a pause.)
    func answered(_ session: ClientSession) {
        if session === current { dialer.succeeded() }
    }

    /// Answers freed slots: calls that waited for one may begin.
    func roomChanged(_ session: ClientSession) {
        if session === current { startWaiting() }
    }

    /// The session takes no more calls: its numbers are used up, or the server sends its callers away.
    func leaving(_ session: ClientSession, isSentAway: Bool = false) {
        guard session === current else { return }
        current = nil
        isDialing = false
        leavingSessions.append(session)
        if isSentAway, !session.hasAnswered, session.begun + Self.shortLife > loop.now {
            // A server that sends everybody away must not be asked without a pause.
            dialer.failed(now: loop.now, random: Double.random(in: 0..<1, using: &random))
        } else {
            dialer.leave()
        }
        dial()
    }

    /// See `RPCChannel.suspect`.
    func suspect(silentSince sent: Instant) {
        guard let current, current.isSilent(since: sent) else { return }
        current.doubt(silentSince: sent)
        leaving(current)
    }

    /// See `RPCChannel.breakConnections`.
    func breakConnections() {
        for session in leavingSessions + [current].compactMap({ $0 }) {
            session.end(RPCError(.unavailable, "\(session.endpoint) broke the connection"))
        }
    }

    func ended(_ session: ClientSession, _ error: RPCError) {
        leavingSessions.removeAll { $0 === session }
        guard session === current else { return }
        connectionFailed(error, at: session.endpoint)
    }

    // MARK: Time and end

    func begin() {
        token = loop.register(self)
    }

    func timerFired() {
        armed = .never
        var next = Instant.never
        for call in waiting.takeAll() {
            if call.deadline <= loop.now {
                call.fail(neverConnected)
            } else {
                next = min(next, call.deadline)
                waiting.append(call)
            }
        }
        arm(next)
        if !waiting.isEmpty || isKeptOpen { dial() }
    }

    private var neverConnected: RPCError {
        if current?.takesCalls == true {
            return RPCError(.deadlineExceeded, "no room on the connection within the timeout")
        }
        let why = lastError.map { ": " + $0.message } ?? ""
        return RPCError(
            .unavailable, "no server could be reached within the timeout of the call\(why)",
            reason: "NOT_CONNECTED", isNotProcessed: true)
    }

    private func arm(_ instant: Instant) {
        guard instant < armed else { return }
        armed = instant
        loop.setTimer(token, at: instant)
    }

    func loopStopped() {
        isClosed = true
        for call in waiting.takeAll() { call.dropped() }
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        current?.close()
        current = nil
        for session in leavingSessions { session.close() }
        leavingSessions = []
        for call in waiting.takeAll() { call.dropped() }
        loop.unregister(token)
    }

    /// The server in use, as it introduced itself.
    var server: (endpoint: Endpoint, hello: Hello)? {
        guard let current, let hello = current.hello else { return nil }
        return (current.endpoint, hello)
    }
}

/// Looks a name up on a thread of its own, because the name service may take its time.
private final class Resolution: Sendable {
    private let endpoint: Endpoint
    private let channel: ChannelCore

    init(endpoint: Endpoint, channel: ChannelCore) {
        self.endpoint = endpoint
        self.channel = channel
    }

    func start() throws(SystemError) {
        try Threads.start(name: "hf-resolve") { [endpoint, channel] in
            let found: Result<[SocketAddress], ResolveError>
            do throws(ResolveError) {
                found = .success(
                    try SocketAddress.resolve(host: endpoint.host, port: endpoint.port))
            } catch {
                found = .failure(error)
            }
            channel.loop.post { _ in channel.connect(to: endpoint, at: found) }
        }
    }
}

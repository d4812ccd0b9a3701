package import HoldfastBase
package import HoldfastRuntime
internal import HoldfastSystem
internal import HoldfastTLS
public import HoldfastWireProtocol
internal import Synchronization

/// A client's connection to a cluster of servers, by which generated clients make their calls.
///
/// It dials at the first call (or at `connect`), stays connected, and moves to another endpoint when
/// the one in use fails or leaves. All its connections live on one loop; a caller that runs on that
/// loop pays no hop between threads.
public final class RPCChannel: CallChannel {
    let core: ChannelCore
    private let loop: EventLoop
    private let ownsLoop: Bool
    private let configuration: ChannelConfiguration
    private let retries = Mutex(RetryPolicy())
    /// While no call fails, a success takes no lock.
    private let isBudgetSpent = Atomic<Bool>(false)

    /// A channel on a thread of its own. Reads the certificate files at once, so that a wrong path is
    /// an error here and not at the first call.
    ///
    /// Throws INVALID_ARGUMENT when the settings cannot be right (reason `TLS_SETTINGS` for the
    /// files), and RESOURCE_EXHAUSTED when the system gives no thread.
    public convenience init(_ configuration: ChannelConfiguration) throws(RPCError) {
        let loop: EventLoop
        do {
            loop = try EventLoop(name: "hf-client")
        } catch {
            throw Self.noThread(error)
        }
        try self.init(configuration, loop: loop, ownsLoop: true)
        do {
            try loop.start()
        } catch {
            throw Self.noThread(error)
        }
    }

    /// A channel on a loop that somebody else runs.
    package init(
        _ configuration: ChannelConfiguration, loop: EventLoop, ownsLoop: Bool = false
    ) throws(RPCError) {
        guard !configuration.endpoints.isEmpty else {
            throw RPCError(.invalidArgument, "a client needs at least one endpoint")
        }
        self.configuration = configuration
        self.loop = loop
        self.ownsLoop = ownsLoop
        let tls = try Self.tls(configuration)
        let settings = ClientProtocolSettings(
            agent: configuration.agent, firstStream: configuration.firstStream)
        core = ChannelCore(
            configuration: configuration, settings: settings, tls: tls, loop: loop)
        loop.post { [core] _ in core.begin() }
    }

    private static func tls(_ configuration: ChannelConfiguration) throws(RPCError) -> TLSReloader {
        let files = TLSClientFiles(
            trustedCA: configuration.trustedCA, certificateChain: configuration.certificate,
            privateKey: configuration.privateKey)
        do {
            return try TLSReloader(clientFiles: files)
        } catch {
            throw RPCError(.invalidArgument, error.description, reason: "TLS_SETTINGS")
        }
    }

    private static func noThread(_ error: any Error) -> RPCError {
        RPCError(.resourceExhausted, "the client's thread cannot be started: \(error)")
    }

    /// Connects without waiting for a call, and reconnects whenever the connection is lost.
    public func connect() {
        loop.post { [core] _ in core.keepOpen() }
    }

    /// The answer to a call that was sent at `sent` is late. Where nothing at all has come from the
    /// server since, other calls go to the next endpoint from now on; what is open there gets a last
    /// moment. (A PING would take its time: servers bound how often one may come.)
    package func suspect(silentSince sent: Instant) {
        loop.post { [core] _ in core.suspect(silentSince: sent) }
    }

    /// Breaks the connections as a network would; the channel goes on with new ones. For tests.
    package func breakConnections() {
        loop.post { [core] _ in core.breakConnections() }
    }

    /// The loop that all connections of the channel live on.
    package var eventLoop: EventLoop { loop }

    /// Ends the connections; calls in flight fail with UNAVAILABLE, later ones too.
    public func close() {
        loop.post { [core, ownsLoop] loop in
            core.close()
            if ownsLoop { loop.stop() }
        }
    }

    /// Runs as long as the client is wanted: connects, and closes when the task is cancelled.
    public func run() async throws {
        connect()
        let (stream, end) = AsyncStream<Void>.makeStream()
        await withTaskCancellationHandler {
            for await _ in stream {}
        } onCancel: {
            end.finish()
        }
        close()
    }

    /// The server in use: where it is and what it calls itself; `nil` while there is none.
    public func currentServer() async -> ServerDescription? {
        await withCheckedContinuation { continuation in
            loop.post(ServerQuestion(core: core, continuation: continuation))
        }
    }

    /// Tasks that prefer this executor run on the channel's own thread: their calls save two hops.
    public var executor: any TaskExecutor { loop }

    // MARK: Unary

    /// Makes a call; see `CallChannel`.
    public func unary<Request, Response>(
        _ method: MethodDescriptor<Request, Response>, _ request: Request, options: CallOptions
    ) async throws(RPCError) -> Response {
        guard !configuration.interceptors.isEmpty else {
            return try await attempts(method, request, options)
        }
        let answer = try await intercepted(
            configuration.interceptors[...], request, method.path, options
        ) { request, options throws(RPCError) in
            guard let request = request as? Request else { throw Self.wrongType }
            return try await self.attempts(method, request, options)
        }
        guard let response = answer as? Response else { throw Self.wrongType }
        return response
    }

    private func intercepted(
        _ chain: ArraySlice<any ClientInterceptor>, _ request: any WireMessage, _ path: String,
        _ options: CallOptions,
        _ call:
            @escaping @Sendable (any WireMessage, CallOptions) async throws(RPCError)
            -> any WireMessage
    ) async throws(RPCError) -> any WireMessage {
        guard let first = chain.first else { return try await call(request, options) }
        return try await first.interceptUnary(request, method: path, options: options) {
            request, options throws(RPCError) in
            try await self.intercepted(chain.dropFirst(), request, path, options, call)
        }
    }

    private static var wrongType: RPCError {
        RPCError(.internal, "an interceptor exchanged the message for one of another type")
    }

    private func attempts<Request: WireMessage, Response: WireMessage>(
        _ method: MethodDescriptor<Request, Response>, _ request: Request, _ options: CallOptions
    ) async throws(RPCError) -> Response {
        if let refusal = Self.refusal(of: options) { throw refusal }
        // The time runs from here: queueing, connecting and retries are part of it.
        let deadline = Clocks.now() + Interval(options.timeout ?? configuration.defaultTimeout)
        let body = request.encoded()
        var head = makeHead(method.path, options)
        var attempt = 1
        while true {
            let result: Result<Response, RPCError> = await once(
                head, deadline, body, options)
            switch result {
            case .success(let response):
                if isBudgetSpent.load(ordering: .relaxed) { refillBudget() }
                return response
            case .failure(let error):
                guard options.retries, !Task.isCancelled,
                    let pause = pause(after: error, attempt: attempt, deadline: deadline)
                else { throw error }
                if pause > .zero { try? await Task.sleep(for: pause.duration) }
                guard !Task.isCancelled else { throw error }
                head.attempt = UInt32(attempt)
                attempt += 1
            }
        }
    }

    private func refillBudget() {
        retries.withLock { policy in
            policy.succeeded()
            isBudgetSpent.store(!policy.isFull, ordering: .relaxed)
        }
    }

    private func pause(after error: RPCError, attempt: Int, deadline: Instant) -> Interval? {
        let random = Double.random(in: 0..<1)
        let remaining = deadline - Clocks.now()
        return retries.withLock { policy in
            defer { isBudgetSpent.store(!policy.isFull, ordering: .relaxed) }
            return policy.pause(
                after: error, attempt: attempt, remaining: remaining, random: random)
        }
    }

    private func once<Response: WireMessage>(
        _ head: RequestHead, _ deadline: Instant, _ body: [UInt8], _ options: CallOptions
    ) async -> Result<Response, RPCError> {
        let call = UnaryCall<Response>(
            channel: core, head: head, kind: options.weight.kind, deadline: deadline, body: body,
            waitForReady: options.waitForReady)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                call.continuation = continuation
                if loop.isOnLoop { core.submit(call) } else { loop.post(call) }
            }
        } onCancel: {
            call.cancel()
        }
    }

    /// What a server would end the connection for is an error of the one call instead.
    private static func refusal(of options: CallOptions) -> RPCError? {
        let texts: [(field: String, text: String)] =
            [("traceparent", options.traceparent), ("tracestate", options.tracestate)]
            + options.metadata.map { ("metadata", $0.name) }
        guard let bad = texts.first(where: { $0.text.utf8.contains(0) }) else { return nil }
        return RPCError(
            .invalidArgument, "an option of the call holds a NUL",
            violations: [.init(field: bad.field, description: "must not contain NUL")])
    }

    private func makeHead(_ path: String, _ options: CallOptions) -> RequestHead {
        var head = RequestHead()
        head.method = path
        head.requestId = (options.requestID ?? .random()).bytes
        head.initialCredit = UInt32(clamping: options.initialCredit)
        head.traceparent = options.traceparent
        head.tracestate = options.tracestate
        if !options.metadata.isEmpty {
            head.metadata = options.metadata.map { Metadata(key: $0.name, value: $0.value) }
        }
        return head
    }

    // MARK: Streams

    /// Begins a stream; see `CallChannel`.
    public func serverStream<Request, Response>(
        _ method: MethodDescriptor<Request, Response>, _ request: Request, options: CallOptions
    ) -> ResponseStream<Response> {
        var options = options
        for interceptor in configuration.interceptors {
            options = interceptor.interceptStream(method: method.path, options: options)
        }
        let asked = options
        let credit = max(1, options.initialCredit)
        return ResponseStream(credit: credit) { [self] buffer in
            var head = makeHead(method.path, asked)
            head.initialCredit = UInt32(clamping: credit)
            if let refusal = Self.refusal(of: asked) { return buffer.end(.failure(refusal)) }
            let deadline = asked.timeout.map { Clocks.now() + Interval($0) } ?? .never
            let call = StreamCall<Response>(
                channel: core, head: head, deadline: deadline, body: request.encoded(),
                waitForReady: asked.waitForReady, buffer: buffer)
            let core = core
            buffer.connect(
                onCredit: { items in core.loop.post { _ in core.grant(call, items: items) } },
                onAbandon: { call.cancel() })
            loop.post(call)
        }
    }
}

/// A server as it introduced itself.
public struct ServerDescription: Hashable, Sendable {
    /// Where it is.
    public let endpoint: Endpoint
    /// What software it is.
    public let agent: String
    /// Its name in the cluster.
    public let nodeID: String
    /// The cluster.
    public let clusterID: String
}

private final class ServerQuestion: LoopWork {
    private let core: ChannelCore
    private let continuation: CheckedContinuation<ServerDescription?, Never>

    init(core: ChannelCore, continuation: CheckedContinuation<ServerDescription?, Never>) {
        self.core = core
        self.continuation = continuation
    }

    func run(on loop: EventLoop) {
        continuation.resume(
            returning: core.server.map { server in
                ServerDescription(
                    endpoint: server.endpoint, agent: server.hello.agent,
                    nodeID: server.hello.nodeId, clusterID: server.hello.clusterId)
            })
    }

    func dropped() { continuation.resume(returning: nil) }
}

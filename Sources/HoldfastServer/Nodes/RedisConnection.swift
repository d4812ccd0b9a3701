package import HoldfastBase
package import HoldfastRedis
package import HoldfastRuntime
package import HoldfastSystem

/// The shell around one `NodeSession`: carries out what it demands of the transport, moves bytes,
/// tells it the time, and hands what it says to the delegate, in one batch for each tick.
///
/// It lives on one loop from `begin` to `end` and over as many connections as it takes. Commands of
/// one tick leave in one write at its end.
@safe
package final class RedisConnection: LoopSource {
    package let endpoint: NodeEndpoint
    private let loop: EventLoop
    private let link: NodeLink
    private weak var delegate: (any RedisConnectionDelegate)?
    private let session: UnsafeMutablePointer<NodeSession>
    private var token = LoopToken.none
    private var armed = Instant.never
    private var batch: [NodeSessionEvent] = []
    private var isDelivering = false

    /// - Parameter seed: spreads the attempts of several servers; see `NodeSession`.
    package init(
        loop: EventLoop, endpoint: NodeEndpoint, settings: NodeSessionSettings,
        scripts: ScriptSet, seed: UInt64, delegate: any RedisConnectionDelegate
    ) {
        self.loop = loop
        self.endpoint = endpoint
        self.delegate = delegate
        link = NodeLink(loop: loop, endpoint: endpoint)
        unsafe session = .allocate(capacity: 1)
        unsafe session.initialize(
            to: NodeSession(settings: settings, scripts: scripts, seed: seed))
    }

    deinit {
        unsafe session.deinitialize(count: 1)
        unsafe session.deallocate()
    }

    // MARK: For the owner, on the loop

    /// Begins to connect, and goes on doing so until `end`.
    package func begin() {
        guard token == .none else { return }
        token = loop.register(self)
        unsafe session.pointee.start(now: loop.now)
        settle()
    }

    /// Ends for good; what is open fails, and the delegate is told.
    package func end() {
        guard token != .none else { return }
        unsafe session.pointee.stop(now: loop.now)
        settle()
        loop.unregister(token)
        token = .none
    }

    package var isReady: Bool { unsafe session.pointee.isReady }
    /// Commands without an answer.
    package var openCommands: Int { unsafe session.pointee.openCommands }
    /// Connections that were ready so far.
    package var connections: UInt64 { unsafe session.pointee.connections }
    /// Commands that were repeated because the node did not have the script.
    package var repeated: UInt64 { unsafe session.pointee.repeated }

    /// See `NodeSession.submit`. Leaves at the end of the tick.
    package func submit(
        _ call: borrowing ScriptCall, tag: UInt64, deadline: Instant
    ) -> SubmitOutcome {
        let outcome = unsafe session.pointee.submit(
            call, tag: tag, deadline: deadline, now: loop.now)
        if outcome == .accepted {
            loop.markDirty(token)
            arm()
        }
        return outcome
    }

    /// See `NodeSession.refreshFacts`.
    package func refreshFacts() -> Bool {
        guard unsafe session.pointee.refreshFacts(now: loop.now) else { return false }
        loop.markDirty(token)
        arm()
        return true
    }

    /// See `NodeSession.distrust`.
    package func distrust() {
        unsafe session.pointee.distrust(now: loop.now)
        settle()
    }

    // MARK: Events

    package func ready(_ event: Poller.Event) {
        guard link.isOpen else {
            opened(link.proceed(token))
            return
        }
        if event.isReadable { receive() }
        if event.isWritable { loop.markDirty(token) }
    }

    package func timerFired() {
        armed = .never
        unsafe session.pointee.timeReached(loop.now)
        settle()
    }

    package func continueWork() {
        if link.isOpen { receive() }
    }

    package func loopStopped() {
        token = .none
        unsafe session.pointee.stop(now: loop.now)
        settle()
    }

    private func receive() {
        var rounds = NodeLink.readsPerTick
        reading: while rounds > 0, link.isOpen {
            rounds -= 1
            let step = link.read { bytes in
                unsafe session.pointee.received(bytes, now: loop.now)
            }
            switch step {
            case .more: break
            case .done: break reading
            case .ended(let reason):
                unsafe session.pointee.closed(reason, now: loop.now)
                break reading
            }
        }
        if link.hasPending { loop.continueNextTick(token) }
        settle()
    }

    package func flush() {
        guard link.isOpen else { return }
        var isBlocked = false
        while unsafe session.pointee.hasOutput, !isBlocked {
            let size = unsafe session.pointee.output.count
            switch unsafe link.write(session.pointee.output) {
            case .taken(let taken):
                unsafe session.pointee.written(taken)
                // A short write of a plain socket; a TLS record takes 16 KiB at a time.
                isBlocked = taken < size && !(endpoint.address.usesTLS && taken > 0)
            case .kept:
                unsafe session.pointee.writeBlocked()
                isBlocked = true
            case .failed(let text):
                unsafe session.pointee.closed(.broken(text), now: loop.now)
                settle()
                return
            }
        }
        link.watchWriting(isBlocked, token)
    }

    // MARK: What the session demands

    private func opened(_ step: NodeLink.Opened) {
        switch step {
        case .waiting: return
        case .failed(let text):
            unsafe session.pointee.closed(.notConnected(text), now: loop.now)
        case .open:
            do throws(NodeSecretError) {
                let credentials = try link.credentials()
                unsafe session.pointee.connected(credentials: credentials, now: loop.now)
            } catch {
                unsafe session.pointee.closed(.notConnected(error.description), now: loop.now)
            }
        }
        settle()
    }

    private func settle() {
        while let demand = unsafe session.pointee.takeDemand() {
            switch demand {
            case .close: link.close()
            case .connect: connect()
            }
        }
        if unsafe session.pointee.hasOutput { loop.markDirty(token) }
        arm()
        deliver()
    }

    private func connect() {
        // Other threads carry it, but only the loop looks at it. Weak: a look-up that outlives us has
        // nobody to tell.
        nonisolated(unsafe) weak let me = self
        let step = link.open(token) { found in unsafe me?.resolved(found) }
        if case .failed(let text) = step {
            unsafe session.pointee.closed(.notConnected(text), now: loop.now)
        }
    }

    private func resolved(_ found: Result<SocketAddress, LinkError>) {
        // A legal race: the attempt that asked is over.
        guard unsafe session.pointee.isConnecting, token != .none else { return }
        switch found {
        case .success(let address): opened(link.connect(to: address, token))
        case .failure(let error): opened(.failed(error.text))
        }
    }

    /// The delegate may submit, or end the connection, while it is told.
    private func deliver() {
        guard !isDelivering else { return }
        isDelivering = true
        defer { isDelivering = false }
        while true {
            unsafe session.pointee.takeEvents(into: &batch)
            guard !batch.isEmpty else { return }
            delegate?.redisConnection(self, events: batch)
            batch.removeAll(keepingCapacity: true)
        }
    }

    private func arm() {
        let wake = unsafe session.pointee.wake
        guard wake < armed, token != .none else { return }
        armed = wake
        loop.setTimer(token, at: wake)
    }
}

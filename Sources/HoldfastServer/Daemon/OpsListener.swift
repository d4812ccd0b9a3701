internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastRuntime
internal import HoldfastSystem

/// The plain-text listener for probes and scrapers, on a loop of its own: it answers while the
/// serving loops are busy, and says so when they do not answer.
final class OpsListener: LoopSource, @unchecked Sendable {
    // `@unchecked Sendable`: touched on its loop only, after `begin`.

    /// Probes and scrapers are few. When one more comes, the oldest goes: an honest one has its answer in
    /// milliseconds, and those that say nothing must not keep a supervisor from asking.
    static let connectionsMax = 64
    private static let acceptsPerTick = 16

    private let listener: Descriptor
    private let loop: EventLoop
    private let facts: @Sendable () async -> OpsFacts
    private var token = LoopToken.none
    /// Oldest first, by name only.
    private var open: [LoopToken] = []
    let address: SocketAddress

    init(
        at address: SocketAddress, loop: EventLoop, facts: @escaping @Sendable () async -> OpsFacts
    ) throws {
        self.loop = loop
        self.facts = facts
        listener = try Sockets.listen(at: address)
        self.address = Sockets.localAddress(of: listener.number) ?? address
    }

    func begin() {
        token = loop.register(self)
        try? loop.watch(listener.number, .readable, for: token)
    }

    func ready(_ event: Poller.Event) {
        for _ in 0..<Self.acceptsPerTick {
            switch Sockets.accept(listener.number) {
            case .accepted(let descriptor, _):
                if open.count >= Self.connectionsMax, let oldest = open.first {
                    (loop.source(oldest) as? OpsConnection)?.end()
                }
                let connection = OpsConnection(descriptor, loop: loop, facts: facts) {
                    [self] token in
                    open.removeAll { $0 == token }
                }
                open.append(connection.begin())
            case .wouldBlock: return
            case .peerGone: continue
            case .exhausted:
                loop.unwatch(listener.number)
                loop.setTimer(token, at: loop.now + .milliseconds(200))
                return
            }
        }
    }

    func timerFired() {
        try? loop.watch(listener.number, .readable, for: token)
    }
}

/// One probe: a request, an answer, the end.
private final class OpsConnection: LoopSource, @unchecked Sendable {
    // `@unchecked Sendable`: touched on its loop only.
    private static let time = Interval.seconds(10)

    private let descriptor: Int32
    private let loop: EventLoop
    private let facts: @Sendable () async -> OpsFacts
    private let onEnd: (LoopToken) -> Void
    private var token = LoopToken.none
    private var exchange = OpsExchange()
    private var answer: [UInt8] = []
    private var sent = 0
    private var known: OpsFacts?
    private var isAnswered = false

    init(
        _ descriptor: Int32, loop: EventLoop, facts: @escaping @Sendable () async -> OpsFacts,
        onEnd: @escaping (LoopToken) -> Void
    ) {
        self.descriptor = descriptor
        self.loop = loop
        self.facts = facts
        self.onEnd = onEnd
    }

    /// Gathers the facts first, so that the answer needs nothing more when the request is there.
    func begin() -> LoopToken {
        token = loop.register(self)
        loop.setTimer(token, at: loop.now + Self.time)
        let facts = facts
        let loop = loop
        let token = token
        Task {
            let gathered = await facts()
            loop.post { loop in
                (loop.source(token) as? OpsConnection)?.gathered(gathered)
            }
        }
        return token
    }

    private func gathered(_ facts: OpsFacts) {
        known = facts
        do {
            try loop.watch(descriptor, .readable, for: token)
        } catch {
            end()
        }
    }

    func ready(_ event: Poller.Event) {
        guard let known else { return }
        // Behind the request nothing is read: the end of a caller that has only closed its half is
        // no reason to keep the rest of the answer back.
        if !isAnswered, event.isReadable { read(known) }
        if isAnswered { write() }
    }

    func timerFired() { end() }
    func loopStopped() { end() }

    private func read(_ known: OpsFacts) {
        var room = [UInt8](repeating: 0, count: 4096)
        let step = unsafe room.withUnsafeMutableBytes { unsafe Sockets.read(descriptor, into: $0) }
        switch step {
        case .bytes(let size):
            let outcome = exchange.receive(room.prefix(size), facts: { known })
            if case .answer(let bytes) = outcome {
                answer = bytes
                isAnswered = true
            }
        case .wouldBlock: break
        case .end, .failed: end()
        }
    }

    private func write() {
        while sent < answer.count {
            let written = unsafe answer[sent...].withUnsafeBytes {
                unsafe Sockets.write(descriptor, $0)
            }
            guard let written else { return end() }
            if written == 0 {
                try? loop.rewatch(descriptor, .writable, for: token)
                return
            }
            sent += written
        }
        Sockets.shutdownWrite(descriptor)
        end()
    }

    func end() {
        guard loop.source(token) != nil else { return }
        loop.unwatch(descriptor)
        loop.unregister(token)
        Sockets.close(descriptor)
        onEnd(token)
    }
}

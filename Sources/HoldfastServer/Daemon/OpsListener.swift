internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastRuntime
internal import HoldfastSystem

/// The plain-text listener for probes and scrapers, on a loop of its own: it answers while the
/// serving loops are busy, and says so when they do not answer.
final class OpsListener: LoopSource, @unchecked Sendable {
    // `@unchecked Sendable`: touched on its loop only, after `begin`.

    static let connectionsMax = 64
    private static let acceptsPerTick = 16

    private let listener: Descriptor
    private let loop: EventLoop
    private let facts: @Sendable () async -> OpsFacts
    private var token = LoopToken.none
    private var places = OpsPlaces<LoopToken>(countMax: connectionsMax)
    private var isWatching = false
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
        watch()
    }

    func ready(_ event: Poller.Event) {
        for _ in 0..<Self.acceptsPerTick {
            let place = places.onNewcomer
            if place == .wait { return stopWatching() }
            switch Sockets.accept(listener.number) {
            case .accepted(let descriptor, let address):
                if case .replace(let other) = place {
                    (loop.source(other) as? OpsConnection)?.end()
                    places.leave(other)
                }
                serve(descriptor, from: address)
            case .wouldBlock: return
            case .peerGone: continue
            case .exhausted:
                stopWatching()
                loop.setTimer(token, at: loop.now + .milliseconds(200))
                return
            }
        }
    }

    func timerFired() { watch() }

    private func serve(_ descriptor: Int32, from address: SocketAddress) {
        let connection = OpsConnection(descriptor, loop: loop, facts: facts) {
            [self] token, stage in
            guard let stage else {
                places.leave(token)
                return watch()
            }
            places.note(token, stage)
            if stage != .asking { watch() }
        }
        places.enter(connection.token, from: address.host)
        connection.begin()
    }

    private func watch() {
        guard !isWatching else { return }
        do {
            try loop.watch(listener.number, .readable, for: token)
            isWatching = true
        } catch {
            loop.setTimer(token, at: loop.now + .milliseconds(200))
        }
    }

    private func stopWatching() {
        guard isWatching else { return }
        loop.unwatch(listener.number)
        isWatching = false
    }
}

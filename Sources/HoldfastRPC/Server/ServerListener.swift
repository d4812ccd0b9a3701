internal import HoldfastBase
internal import HoldfastRuntime
package import HoldfastSystem

/// A listening socket that the loops of a server share.
package final class SharedListener: Sendable {
    let descriptor: Descriptor
    package let address: SocketAddress

    package init(at address: SocketAddress) throws(SystemError) {
        descriptor = try Sockets.listen(at: address)
        self.address = Sockets.localAddress(of: descriptor.number) ?? address
    }

    /// Ends listening, on every loop and from any thread: new callers are refused at once, because one
    /// that is left waiting in the kernel's queue does not go to another server.
    func shut() {
        Sockets.stopListening(descriptor.number)
    }
}

/// Accepts on one loop: a bounded number per tick, none while too many handshakes are in flight or
/// no descriptor is left.
final class ServerListener: LoopSource {
    private static let acceptsPerTick = 16
    private static let pause = Interval.milliseconds(100)
    private static let patience = Interval.milliseconds(25)

    private let shard: ServerShard
    private let listener: SharedListener
    private var token = LoopToken.none
    private var isWatching = false
    private var isClosed = false

    init(shard: ServerShard, listener: SharedListener) {
        self.shard = shard
        self.listener = listener
        token = shard.loop.register(self)
    }

    /// Accepts again, if it had stopped and may.
    func resume() {
        guard !isWatching, !isClosed else { return }
        do {
            try shard.loop.watch(
                listener.descriptor.number, [.readable, .exclusive], for: token)
            isWatching = true
        } catch {
            // No kernel memory for one more registration: try again like any other exhaustion.
            shard.loop.setTimer(token, at: shard.loop.now + Self.pause)
        }
    }

    /// Accepts no more, on any loop.
    func close() {
        stopWatching()
        listener.shut()
        isClosed = true
        shard.loop.unregister(token)
    }

    func ready(_ event: Poller.Event) {
        for _ in 0..<Self.acceptsPerTick {
            guard shard.makeHandshakeRoom() else {
                // The backlog keeps the peers until a handshake ends or has had its chance.
                stopWatching()
                shard.loop.setTimer(token, at: shard.loop.now + Self.patience)
                return
            }
            switch Sockets.accept(listener.descriptor.number) {
            case .accepted(let descriptor, let address): shard.accept(descriptor, from: address)
            case .wouldBlock: return
            case .peerGone: continue
            case .exhausted:
                stopWatching()
                shard.statistics.acceptPauses &+= 1
                shard.noteExhaustion("no file descriptor or memory is left")
                shard.loop.setTimer(token, at: shard.loop.now + Self.pause)
                return
            }
        }
    }

    func timerFired() { resume() }

    private func stopWatching() {
        guard isWatching else { return }
        shard.loop.unwatch(listener.descriptor.number)
        isWatching = false
    }
}

internal import HoldfastBase
internal import HoldfastRuntime
internal import HoldfastSystem
internal import HoldfastTLS
internal import HoldfastWireProtocol

/// From an accepted socket to an open connection.
extension ServerSession {
    func stepHandshake() {
        guard step == nil else { return }
        let work = HandshakeWork(self)
        step = work
        shard.handshakeLoop.post(work)
    }

    /// The other thread has made a step, or will make none any more.
    func handshakeStepped(_ outcome: HandshakeStep?) {
        step = nil
        guard case .handshaking = state else {
            Sockets.close(descriptor)
            return
        }
        guard let outcome else {
            end(reason: "server_stopped", detail: "")
            return
        }
        switch outcome {
        case .wantRead: watchOnce(.readable)
        case .wantWrite: watchOnce(.writable)
        case .complete: opened()
        case .failed(let failure):
            let reason = failure.reason.rawValue
            shard.statistics.handshakeFailures[reason, default: 0] &+= 1
            shard.core.observer?.handshakeFailed(address: peer.address, failure: failure)
            if let refusal = refusal(of: failure) { write(refusal) }
            endReason = "handshake_failed"
            linger()
        }
    }

    func handshakeTimedOut() {
        // The other thread has the session while it makes a step; who then is late does speak TLS.
        if step == nil, tls.hasFragmentOnly { write(TLSFailure.refusalOfNoise) }
        end(reason: "handshake_timeout", detail: "")
    }

    private func write(_ refusal: StaticString) {
        refusal.withUTF8Buffer { text in
            _ = unsafe Sockets.write(descriptor, UnsafeRawBufferPointer(text))
        }
    }

    /// What somebody reads who does not speak TLS.
    private func refusal(of failure: TLSFailure) -> StaticString? {
        guard failure.plainTextRefusal != nil,
            case .bytes(let size) = unsafe Sockets.read(descriptor, into: shard.scratch)
        else { return failure.plainTextRefusal }
        return unsafe failure.plainTextRefusal(
            before: RawSpan(
                _unsafeBytes: UnsafeRawBufferPointer(rebasing: shard.scratch[..<min(size, 4096)])))
    }

    private func opened() {
        shard.statistics.handshakesCompleted &+= 1
        shard.handshakeEnded()
        peer = ServerContext.Peer(
            address: peer.address, identity: tls.peerIdentity?.text, agent: "",
            connection: peer.connection)
        if drainWhenOpen == nil,
            let due = shard.flooders.due(of: peer.nameOrHost, now: loop.now)
        {
            // No event is asked for meanwhile: the last one, asked for once, has come.
            state = .waiting
            arm(due)
            return
        }
        greet()
    }

    /// Begins to speak the protocol.
    func greet() {
        state = .open
        // The time for the HELLO begins when the handshake has ended.
        unsafe machine.pointee.transportOpened(loop.now)
        watch(.readable)
        if let drain = drainWhenOpen { self.drain(reason: drain.reason, grace: drain.grace) }
        rearm()
        loop.markDirty(token)
        receive()
    }
}

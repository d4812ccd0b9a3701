internal import HoldfastRuntime
internal import HoldfastTLS
internal import Synchronization

/// One step of a TLS handshake, done on a thread that has nothing else to do.
///
/// A step costs up to 0.8 ms of processor time and cannot be divided: as long as 30 calls. On the
/// loop of the open connections every newcomer would therefore be felt by all of them, and a flood
/// of newcomers would be an outage. The thread for handshakes yields to the loops, so what a flood
/// gets is what the calls leave over.
///
/// `@unchecked Sendable`: from `post` until the answer has run on the session's loop, the session
/// does not touch its `tls`, and this touches nothing else of the session; the mailboxes of the two
/// loops order the accesses.
final class HandshakeWork: LoopWork, @unchecked Sendable {
    private let session: ServerSession
    private let isGivenUp = Atomic<Bool>(false)

    init(_ session: ServerSession) {
        self.session = session
    }

    /// The session has ended: the step is not worth its time any more.
    func giveUp() {
        isGivenUp.store(true, ordering: .relaxed)
    }

    func run(on loop: EventLoop) {
        answer(isGivenUp.load(ordering: .relaxed) ? nil : session.tls.handshake())
    }

    func dropped() { answer(nil) }

    private func answer(_ step: HandshakeStep?) {
        session.loop.post(HandshakeAnswer(session, step))
    }
}

/// Brings the outcome of a step back to the session's loop.
///
/// `@unchecked Sendable`: the session is touched on its loop, or when its loop has stopped.
private final class HandshakeAnswer: LoopWork, @unchecked Sendable {
    private let session: ServerSession
    private let step: HandshakeStep?

    init(_ session: ServerSession, _ step: HandshakeStep?) {
        self.session = session
        self.step = step
    }

    func run(on loop: EventLoop) { session.handshakeStepped(step) }
    func dropped() { session.handshakeStepped(nil) }
}

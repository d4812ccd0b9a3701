internal import HoldfastBase
internal import HoldfastRuntime
internal import HoldfastWireProtocol
internal import Synchronization

/// Where the answers to the held calls of one loop are handed in, from any thread.
///
/// On the loop itself they are written where they belong. From another loop they go into a batch
/// that leaves at the end of its tick, from the thread of no loop each goes by itself.
///
/// The other way, it tells observers which calls have ended: by a turn of its own on the loop, because
/// a call may end inside an answer to another, and who answers must not be called back meanwhile.
///
/// `@unchecked Sendable`: all that changes is touched on the loop only.
final class AnswerDesk: LoopSource, @unchecked Sendable {
    private struct End {
        let observer: any HeldCallObserver
        let id: HeldCallID
        /// `nil`: it goes on, and all that it has sent is sent.
        let end: HeldCallEnd?
    }

    private static let numbers = Atomic<UInt32>(0)

    let loop: EventLoop
    /// Tells the desks of a process apart.
    let number = AnswerDesk.numbers.add(1, ordering: .relaxed).newValue
    /// Answers and elements that found nobody: connection gone, or the call ended before.
    private(set) var dropped: UInt64 = 0
    /// At most one end for each held call.
    private var ends: [End] = []
    private var token = LoopToken.none
    private var isStopped = false

    init(_ loop: EventLoop) {
        self.loop = loop
    }

    @inline(__always)
    func respond(_ id: HeldCallID, bodyBytes: Int, _ write: (inout WireWriter) -> Void) {
        if loop.isOnLoop {
            session(of: id)?.respond(held: id.stream, bodyBytes: bodyBytes, write)
        } else {
            elsewhere { $0.append(.response, id, bodyBytes: bodyBytes, write) }
        }
    }

    func fail(_ id: HeldCallID, _ error: RPCError) {
        if loop.isOnLoop {
            session(of: id)?.fail(held: id.stream, error)
        } else {
            elsewhere { $0.append(error, id) }
        }
    }

    func send(_ id: HeldCallID, bodyBytes: Int, _ write: (inout WireWriter) -> Void) {
        if loop.isOnLoop {
            session(of: id)?.send(held: id.stream, bodyBytes: bodyBytes, write)
        } else {
            elsewhere { $0.append(.element, id, bodyBytes: bodyBytes, write) }
        }
    }

    func tellWhenSent(_ id: HeldCallID) {
        if loop.isOnLoop {
            session(of: id)?.tellWhenSent(held: id.stream)
        } else {
            elsewhere { $0.append(questionOf: id) }
        }
    }

    /// The session of a call; counted when it is gone. On the loop.
    @inline(__always)
    func session(of id: HeldCallID) -> ServerSession? {
        if let session = loop.source(id.session) as? ServerSession { return session }
        countDropped()
        return nil
    }

    func countDropped() { dropped &+= 1 }

    // MARK: Ends

    /// A call is held: its end may have to be told. On the loop.
    func open() {
        if token == .none { token = loop.register(self) }
    }

    /// Tells `observer`, later in this tick or first in the next, that a call has ended, or without an
    /// end that its elements are sent.
    func tell(_ observer: any HeldCallObserver, _ id: HeldCallID, _ end: HeldCallEnd?) {
        ends.append(End(observer: observer, id: id, end: end))
        if isStopped {
            continueWork()
        } else if ends.count == 1 {
            loop.continueNextTick(token)
        }
    }

    func continueWork() {
        let told = ends
        ends = []
        for one in told {
            if let end = one.end {
                one.observer.callEnded(one.id, end)
            } else {
                one.observer.elementsSent(one.id)
            }
        }
    }

    func loopStopped() {
        isStopped = true
        continueWork()
    }

    // MARK: From other loops

    @inline(__always)
    private func elsewhere(_ append: (AnswerBatch) -> Void) {
        guard let current = EventLoop.current else {
            let batch = AnswerBatch(self)
            append(batch)
            loop.post(batch)
            return
        }
        outbox(on: current).add(append)
    }

    private func outbox(on current: EventLoop) -> AnswerOutbox {
        let owner = ObjectIdentifier(self)
        if let found = current.companion(of: owner) {
            return unsafe unsafeDowncast(found, to: AnswerOutbox.self)
        }
        let outbox = AnswerOutbox(to: self, on: current)
        current.keep(outbox, of: owner)
        return outbox
    }
}

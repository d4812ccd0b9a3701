internal import HoldfastRuntime

/// The answers that one loop has for the calls of another, until its tick ends.
final class AnswerOutbox: LoopSource {
    private let desk: AnswerDesk
    private let current: EventLoop
    private var token = LoopToken.none
    private var batch: AnswerBatch?
    private var isStopped = false

    init(to desk: AnswerDesk, on current: EventLoop) {
        self.desk = desk
        self.current = current
        token = current.register(self)
    }

    @inline(__always)
    func add(_ append: (AnswerBatch) -> Void) {
        append(batch ?? open())
        // After the loop's last tick there is no end of one to wait for.
        if isStopped { flush() }
    }

    private func open() -> AnswerBatch {
        let batch = AnswerBatch(desk)
        self.batch = batch
        current.markDirty(token)
        return batch
    }

    func flush() {
        guard let batch else { return }
        self.batch = nil
        desk.loop.post(batch)
    }

    func loopStopped() {
        isStopped = true
        flush()
    }
}

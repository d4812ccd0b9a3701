/// Hands values to one loop from any other: those of one tick of the sender arrive together, in
/// order, for one lock and one wake-up.
///
/// On the receiver's own loop there is nothing to hand over: `deliver` runs inside `put`. From the
/// thread of no loop each value is posted by itself. A value that cannot arrive because the receiver
/// has stopped is destroyed.
///
/// It is generic and used by other targets: everything on the way of a value is inlinable, because a
/// generic that is not specialised costs more than what it does.
@usableFromInline
package final class LoopInbox<Element: ~Copyable & Sendable>: Sendable {
    private let loop: EventLoop
    @usableFromInline package let deliver: @Sendable (consuming Element) -> Void
    /// Calls `deliver` for each of a batch; made where the type of the elements is known.
    @usableFromInline package let deliverAll: @Sendable (LoopBatch<Element>) -> Void

    /// Hands to `deliver`, which runs on `loop`.
    @inlinable
    package convenience init(
        _ loop: EventLoop, deliver: @escaping @Sendable (consuming Element) -> Void
    ) {
        self.init(loop, deliver: deliver, deliverAll: { $0.deliverAll(deliver) })
    }

    @usableFromInline
    package init(
        _ loop: EventLoop, deliver: @escaping @Sendable (consuming Element) -> Void,
        deliverAll: @escaping @Sendable (LoopBatch<Element>) -> Void
    ) {
        self.loop = loop
        self.deliver = deliver
        self.deliverAll = deliverAll
    }

    /// Hands `element` over, at the end of this tick.
    @inlinable
    package func put(_ element: consuming Element) {
        if isHere {
            deliver(element)
        } else if let outbox = outbox() {
            outbox.append(element)
        } else {
            let batch = LoopBatch<Element>(deliverAll)
            batch.append(element)
            post(batch)
        }
    }

    @usableFromInline
    package var isHere: Bool { loop.isOnLoop }

    @usableFromInline
    package func post(_ batch: LoopBatch<Element>) { loop.post(batch) }

    /// What the loop of this thread has for the inbox; `nil` on the thread of none.
    @usableFromInline
    package func outbox() -> LoopOutbox<Element>? {
        guard let current = EventLoop.current else { return nil }
        let owner = ObjectIdentifier(self)
        if let found = current.companion(of: owner) {
            return unsafe unsafeDowncast(found, to: LoopOutbox<Element>.self)
        }
        let outbox = LoopOutbox(self, on: current)
        current.keep(outbox, of: owner)
        return outbox
    }
}

/// What one loop has for an inbox of another, until the tick ends.
@usableFromInline
package final class LoopOutbox<Element: ~Copyable & Sendable> {
    private let inbox: LoopInbox<Element>
    private let current: EventLoop
    private var token = LoopToken.none
    @usableFromInline package var isStopped = false
    @usableFromInline package var batch: LoopBatch<Element>?

    init(_ inbox: LoopInbox<Element>, on current: EventLoop) {
        self.inbox = inbox
        self.current = current
        token = current.register(self)
    }

    @inlinable
    package func append(_ element: consuming Element) {
        (batch ?? open()).append(element)
        if isStopped { flushNow() }
    }

    @usableFromInline
    package func open() -> LoopBatch<Element> {
        let batch = LoopBatch<Element>(inbox.deliverAll)
        self.batch = batch
        current.markDirty(token)
        return batch
    }

    /// After the loop's last tick there is no end of one to wait for.
    @usableFromInline
    package func flushNow() { flush() }

    package func flush() {
        guard let batch else { return }
        self.batch = nil
        inbox.post(batch)
    }

    package func loopStopped() {
        isStopped = true
        flush()
    }
}

extension LoopOutbox: LoopSource where Element: ~Copyable {}

/// Values on their way between two loops.
///
/// `@unchecked Sendable`: filled by one loop before it is posted, emptied by the other after.
@safe
@usableFromInline
package final class LoopBatch<Element: ~Copyable & Sendable>: @unchecked Sendable {
    private let deliver: @Sendable (LoopBatch<Element>) -> Void
    @usableFromInline package var elements: UnsafeMutablePointer<Element>
    @usableFromInline package var capacity = 16
    @usableFromInline package var first = 0
    @usableFromInline package var end = 0

    @usableFromInline
    package init(_ deliver: @escaping @Sendable (LoopBatch<Element>) -> Void) {
        self.deliver = deliver
        unsafe elements = .allocate(capacity: 16)
    }

    @inlinable
    deinit {
        unsafe (elements + first).deinitialize(count: end - first)
        unsafe elements.deallocate()
    }

    @inlinable
    package func append(_ element: consuming Element) {
        if end == capacity { grow() }
        unsafe (elements + end).initialize(to: element)
        end += 1
    }

    package func run(on loop: EventLoop) { deliver(self) }

    @inlinable
    package func deliverAll(_ deliver: (consuming Element) -> Void) {
        while first < end {
            first += 1
            deliver(unsafe (elements + (first - 1)).move())
        }
    }

    @inlinable
    func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        unsafe larger.moveInitialize(from: elements, count: end)
        unsafe elements.deallocate()
        unsafe elements = larger
        capacity *= 2
    }
}

extension LoopBatch: LoopWork where Element: ~Copyable {}

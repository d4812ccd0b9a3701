internal import CHoldfastSystem
internal import Glibc

/// The epoll instance of one loop, level-triggered.
///
/// Each registration carries a 64-bit token that comes back with its events. A token names a slot
/// and a generation, so that an event for a descriptor number that was closed and given out again is
/// recognised as late.
@safe
package struct Poller: ~Copyable {
    private let epoll: Descriptor
    private let events: UnsafeMutableBufferPointer<epoll_event>

    package struct Interest: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }
        package static let readable = Interest(rawValue: 1)
        package static let writable = Interest(rawValue: 4)
        /// Report one event, then none, not even that the peer has gone, until asked again.
        package static let oneShot = Interest(rawValue: 1 << 30)
        /// Wake only one of the loops that wait for the same listener.
        package static let exclusive = Interest(rawValue: 1 << 28)
    }

    package struct Event: Sendable {
        package let token: UInt64
        private let bits: UInt32

        init(token: UInt64, bits: UInt32) {
            self.token = token
            self.bits = bits
        }

        /// Reading will not block: bytes, the end, or an error.
        package var isReadable: Bool {
            bits & (EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
        }
        package var isWritable: Bool {
            bits & (EPOLLOUT.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
        }
        package var isBroken: Bool { bits & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 }
    }

    package init(eventsPerWait: Int = 512) throws(SystemError) {
        let number = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard number >= 0 else { throw .last("epoll_create1") }
        epoll = Descriptor(owning: number)
        unsafe events = .allocate(capacity: eventsPerWait)
        unsafe events.initialize(repeating: unsafe epoll_event())
    }

    deinit {
        unsafe events.deallocate()
    }

    package func add(_ descriptor: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_ADD, descriptor, interest, token)
    }

    package func change(
        _ descriptor: Int32, _ interest: Interest, token: UInt64
    ) throws(SystemError) {
        try control(EPOLL_CTL_MOD, descriptor, interest, token)
    }

    package func remove(_ descriptor: Int32) {
        _ = epoll_ctl(epoll.number, EPOLL_CTL_DEL, descriptor, nil)
    }

    /// Waits at most `timeout` milliseconds (-1 without end) and returns how many events came.
    package func wait(milliseconds timeout: Int32) -> Int {
        let count = unsafe epoll_wait(
            epoll.number, events.baseAddress, Int32(events.count), timeout)
        // EINTR is the only failure that is not a fault of ours; it is an empty tick.
        return max(0, Int(count))
    }

    package func event(_ index: Int) -> Event {
        let event = unsafe events[index]
        return unsafe Event(token: event.data.u64, bits: event.events)
    }

    private func control(
        _ operation: Int32, _ descriptor: Int32, _ interest: Interest, _ token: UInt64
    ) throws(SystemError) {
        var event = unsafe epoll_event()
        unsafe event.events = interest.rawValue
        unsafe event.data.u64 = token
        guard unsafe epoll_ctl(epoll.number, operation, descriptor, &event) == 0 else {
            throw .last("epoll_ctl")
        }
    }
}

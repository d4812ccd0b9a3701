internal import CHoldfastSystem
internal import Glibc

/// An eventfd by which other threads wake a loop.
package struct WakeSignal: ~Copyable {
    private let event: Descriptor

    package init() throws(SystemError) {
        let flags = Int32(EFD_NONBLOCK | EFD_CLOEXEC)
        let number = eventfd(0, flags)
        guard number >= 0 else { throw .last("eventfd") }
        event = Descriptor(owning: number)
    }

    package var descriptor: Int32 { event.number }

    package func raise() {
        var one: UInt64 = 1
        _ = unsafe write(event.number, &one, 8)
    }

    package func clear() {
        var count: UInt64 = 0
        _ = unsafe read(event.number, &count, 8)
    }
}

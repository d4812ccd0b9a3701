internal import CHoldfastSystem
internal import Glibc

/// Threads of our own: one for each loop.
package enum Threads {
    private final class Start {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts a thread. Writing to a gone peer does not raise SIGPIPE in it.
    package static func start(
        name: String, _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        var thread = pthread_t()
        let start = unsafe Unmanaged.passRetained(Start(name: name, body: body)).toOpaque()
        let result = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                hf_block_sigpipe()
                unsafe hf_name_thread(String(start.name.prefix(15)))
                start.body()
                return nil
            }, start)
        guard result == 0 else {
            unsafe Unmanaged<Start>.fromOpaque(start).release()
            throw SystemError("pthread_create", code: result)
        }
        pthread_detach(thread)
    }

    /// A number that names the calling thread.
    package static func current() -> UInt {
        UInt(pthread_self())
    }

    /// A pointer of the calling thread's own; `nil` until it is set.
    @unsafe
    package static var value: UnsafeMutableRawPointer? {
        get { unsafe hf_thread_value() }
        set { unsafe hf_set_thread_value(newValue) }
    }

    /// Binds the calling thread to one processor.
    package static func pin(to processor: Int) throws(SystemError) {
        let result = hf_pin_thread(Int32(clamping: processor))
        guard result == 0 else { throw SystemError("sched_setaffinity", code: result) }
    }

    /// Has the calling thread run after the others of this process when there is not enough time for
    /// all: for work of newcomers. It still gets a quarter of what one of them gets. Where the system
    /// forbids it, nothing changes.
    package static func yieldToOthers() {
        hf_lower_thread(5)
    }

    /// Has the calling thread run soon after it is woken even when others compute, in short turns:
    /// for a thread that does little at a time. Its share of the processor stays what it was.
    package static func wakeSoon() {
        hf_hasten_thread(100_000)
    }

    package static func blockSIGPIPE() {
        hf_block_sigpipe()
    }
}

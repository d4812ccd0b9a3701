internal import Glibc
internal import Synchronization

/// Keeps the first thread of a program still while the program runs elsewhere.
///
/// An `async` main hands the first thread to the runtime, which lets it wait with no signal blocked:
/// the first SIGTERM would end the process there, whatever the other threads block. A thread that
/// waits here keeps the mask it was given.
package enum FirstThread {
    private final class Ending: Sendable {
        let status = Mutex<Int32>(0)
    }

    /// Runs `body` as a task and returns what it returns. Only for the first thread.
    package static func run(_ body: @escaping @Sendable () async -> Int32) -> Int32 {
        let ending = Ending()
        let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        unsafe sem_init(semaphore, 0, 0)
        let address = UInt(bitPattern: semaphore)
        Task {
            let status = await body()
            ending.status.withLock { $0 = status }
            if let semaphore = unsafe UnsafeMutablePointer<sem_t>(bitPattern: address) {
                unsafe sem_post(semaphore)
            }
        }
        // Interrupted by a debugger or a stop signal: wait on.
        while unsafe sem_wait(semaphore) != 0 {}
        return ending.status.withLock { $0 }
    }
}

import Glibc
import HoldfastSystem
import Synchronization

/// Work on a thread that does nothing else: what it binds itself to ends with it.
enum OwnThread {
    static func run<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try Threads.start(name: "hf-load") {
                    continuation.resume(with: Swift.Result { try body() })
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// The same for callers that may wait.
    static func wait<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) throws -> Result {
        let box = Box<Result>()
        try Threads.start(name: "hf-once") {
            let result = Swift.Result { try body() }
            box.result.withLock { $0 = result }
        }
        while true {
            if let result = box.result.withLock({ $0 }) { return try result.get() }
            usleep(200)
        }
    }

    private final class Box<Result: Sendable>: Sendable {
        let result = Mutex<Swift.Result<Result, any Error>?>(nil)
    }
}

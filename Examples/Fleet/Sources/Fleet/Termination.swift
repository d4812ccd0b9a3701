import Glibc
import Synchronization

/// Runs `body` until it ends or the process is asked to: on SIGTERM and SIGINT its task is cancelled, and
/// what it holds is given back on the way out.
public func untilTerminated(
    _ body: @escaping @Sendable () async throws -> Void
) async throws {
    signal(SIGTERM) { _ in isAsked.store(true, ordering: .relaxed) }
    signal(SIGINT) { _ in isAsked.store(true, ordering: .relaxed) }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await body() }
        group.addTask {
            while !isAsked.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(50)) }
        }
        try await group.next()
        group.cancelAll()
        do {
            try await group.waitForAll()
        } catch is CancellationError {
            // That is how it was asked to end.
        }
    }
}

private let isAsked = Atomic<Bool>(false)

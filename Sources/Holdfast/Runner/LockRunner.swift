internal import Synchronization

/// Holds a lock for as long as a program runs: takes it, and takes it again whenever it was lost, until
/// it is stopped. For programs of which one of several is to be active.
///
/// ```swift
/// let runner = LockRunner("scheduler", client)
/// for await update in try runner.start() {
///     print(update.status)
/// }
/// ```
public final class LockRunner: Sendable {
    /// How it takes the lock.
    public struct Settings: Hashable, Sendable {
        /// How long the lock lives unless it is renewed.
        public var expiry: Duration
        /// Pause after a failure; and, times `maxRetries`, how long one round waits for the lock.
        public var retryDelay: Duration
        /// See `retryDelay`. A round that ends without the lock is told as `notAcquired`, and the next
        /// one begins.
        public var maxRetries: Int
        /// How often the lock is renewed; `nil` is a third of `expiry`.
        public var renewalInterval: Duration?
        /// How many updates are kept for a reader that is slow. More: the oldest are dropped.
        public var statusBuffer: Int

        /// Settings with the defaults for all that is not given.
        public init(
            expiry: Duration = .seconds(30), retryDelay: Duration = .seconds(1),
            maxRetries: Int = 10, renewalInterval: Duration? = nil, statusBuffer: Int = 16
        ) {
            self.expiry = expiry
            self.retryDelay = retryDelay
            self.maxRetries = maxRetries
            self.renewalInterval = renewalInterval
            self.statusBuffer = statusBuffer
        }
    }

    /// What it is doing.
    @nonexhaustive
    public enum Status: String, Hashable, Sendable {
        /// Not started.
        case idle
        /// Waits for the lock.
        case acquiring
        /// Holds it.
        case held
        /// Has lost it, and is about to take it again.
        case lost
        /// Was stopped; it holds nothing.
        case stopped
    }

    /// A change.
    public struct Update: Sendable {
        /// What it is doing now.
        public let status: Status
        /// Why, where something went wrong: `RunnerError.notAcquired`, `LockLost` or a `HoldfastError`.
        public let error: (any Error)?
        /// The fence, while the lock is held.
        public let fence: UInt64?
    }

    private struct Contents {
        var status = Status.idle
        var held: LockGuard?
        var running: Task<Void, Never>?
    }

    private let scope: any LockScope
    private let name: String
    private let settings: Settings
    private let contents = Mutex(Contents())
    private let updates: AsyncStream<Update>.Continuation
    private let stream: AsyncStream<Update>

    /// A runner that has not been started.
    public init(_ name: String, _ scope: any LockScope, settings: Settings = Settings()) {
        self.name = name
        self.scope = scope
        self.settings = settings
        (stream, updates) = AsyncStream<Update>.makeStream(
            bufferingPolicy: .bufferingNewest(max(1, settings.statusBuffer)))
    }

    /// What it is doing.
    public var status: Status { contents.withLock { $0.status } }

    /// Whether the lock is held at this moment.
    public var isLocked: Bool { contents.withLock { $0.held }?.isHeld ?? false }

    /// The guard, while the lock is held.
    ///
    /// Throws `RunnerError.notAcquired` while it is not, and `RunnerError.stopped` after the end.
    public func current() throws -> LockGuard {
        let (status, held) = contents.withLock { ($0.status, $0.held) }
        if status == .stopped { throw RunnerError.stopped }
        guard let held, held.isHeld else { throw RunnerError.notAcquired }
        return held
    }

    /// Begins, and returns what happens; can be called once. Who reads does not matter to what happens:
    /// one that is slow misses updates, and one that ends leaves the runner running.
    public func start() throws -> AsyncStream<Update> {
        try contents.withLock { contents in
            guard contents.running == nil else {
                throw contents.status == .stopped
                    ? RunnerError.stopped : HoldfastError.state("the runner was started already")
            }
            guard contents.status != .stopped else { throw RunnerError.stopped }
            contents.running = Task { await run() }
        }
        return stream
    }

    /// Gives the lock back and ends; returns when nothing is held any more, or the release is left to the
    /// background. A second call does nothing.
    public func stop() async {
        let running = contents.withLock { contents in
            if contents.running == nil { contents.status = .stopped }
            return contents.running
        }
        running?.cancel()
        await running?.value
        updates.finish()
    }

    // MARK: Running

    private var options: LockOptions {
        LockOptions(
            ttl: settings.expiry, retryCount: max(1, settings.maxRetries),
            retryDelay: settings.retryDelay, renewInterval: settings.renewalInterval)
    }

    private func run() async {
        while !Task.isCancelled {
            tell(.acquiring)
            do {
                let held = try await scope.acquire([name], shared: false, options: options)
                try await hold(held)
            } catch is CancellationError {
                break
            } catch let lost as LockLost {
                tell(.lost, lost)
            } catch {
                tell(.acquiring, Self.told(error))
                try? await Task.sleep(for: settings.retryDelay)
            }
        }
        tell(.stopped)
        updates.finish()
    }

    /// Until it is lost, or the runner is stopped.
    private func hold(_ held: LockGuard) async throws {
        tell(.held, guarding: held)
        for await state in held.states where !state.isHeld { break }
        contents.withLock { $0.held = nil }
        // Throws where it was lost.
        try await held.release()
    }

    private static func told(_ error: any Error) -> any Error {
        error is TimedOut || error is NotAcquired ? RunnerError.notAcquired : error
    }

    private func tell(
        _ status: Status, _ error: (any Error)? = nil, guarding held: LockGuard? = nil
    ) {
        contents.withLock { contents in
            contents.status = status
            contents.held = held
        }
        updates.yield(Update(status: status, error: error, fence: held?.fence))
    }
}

/// Why a runner has nothing to give.
public enum RunnerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It was stopped.
    case stopped
    /// It does not hold the lock.
    case notAcquired

    /// For a person to read.
    public var description: String {
        switch self {
        case .stopped: "the runner was stopped"
        case .notAcquired: "the lock is not held: somebody else holds it"
        }
    }
}

import Holdfast
import HoldfastBase
import Testing

/// A server whose clock stands still unless the test moves it, and callers of it.
struct LockStory {
    let daemon: Daemon
    let client: HoldfastClient
    let admin: HoldfastClient

    /// No call is sent twice: what is counted is what the test did.
    static let once = CallOptions(timeout: .seconds(120), retries: false)

    // MARK: Doing

    func attempt(
        _ names: String..., mode: LockMode = .exclusive, ttl: UInt64 = 1000,
        id: RequestID? = nil, change: (inout TryAcquireRequest) -> Void = { _ in }
    ) async throws -> TryAcquireResponse.Outcome {
        var request = TryAcquireRequest(names: names, mode: mode, ttlMs: ttl)
        change(&request)
        var options = Self.once
        options.requestID = id
        let response = try await client.locks.tryAcquire(request, options: options)
        return try #require(response.outcome)
    }

    /// Takes a lock that is free.
    func take(
        _ names: String..., mode: LockMode = .exclusive, ttl: UInt64 = 1000,
        change: (inout TryAcquireRequest) -> Void = { _ in }
    ) async throws -> LockHeld {
        var request = TryAcquireRequest(names: names, mode: mode, ttlMs: ttl)
        change(&request)
        let response = try await client.locks.tryAcquire(request, options: Self.once)
        return try #require(response.outcome?.held)
    }

    func renew(_ name: String, _ grant: [UInt8], ttl: UInt64 = 1000) async throws -> RenewResponse {
        try await client.locks.renew(
            RenewRequest(names: [name], grant: grant, ttlMs: ttl), options: Self.once)
    }

    @discardableResult
    func release(_ names: String..., grant: [UInt8]) async throws -> Bool {
        try await client.locks.release(
            ReleaseRequest(names: names, grant: grant), options: Self.once
        ).wasHeld
    }

    func change(
        _ name: String, _ grant: [UInt8], to mode: LockMode
    ) async throws -> ChangeModeResponse.Outcome {
        let response = try await client.locks.changeMode(
            ChangeModeRequest(names: [name], grant: grant, mode: mode), options: Self.once)
        return try #require(response.outcome)
    }

    func get(_ name: String) async throws -> LockInfo {
        let response = try await client.locks.getLock(GetLockRequest(name: name))
        return try #require(response.lock)
    }

    @discardableResult
    func advance(_ milliseconds: UInt64) async throws -> UInt64 {
        try await admin.admin.advanceClock(
            AdvanceClockRequest(milliseconds: milliseconds), options: Self.once
        ).nowMs
    }

    /// Begins to wait, and returns when the server has it in its queue.
    func wait(
        for name: String, mode: LockMode = .exclusive, by client: HoldfastClient? = nil,
        wait: UInt64 = 60_000, id: RequestID? = nil, behind count: Double
    ) async throws -> Task<AcquireResponse.Outcome?, any Error> {
        let caller = client ?? self.client
        var options = Self.once
        options.requestID = id
        let task = Task { [options] in
            try await caller.locks.acquire(
                AcquireRequest(names: [name], mode: mode, ttlMs: 1000, waitMs: wait),
                options: options
            ).outcome
        }
        try await waiters(count + 1)
        return task
    }

    func waiters(_ count: Double) async throws {
        try await eventually("\(count) wait") {
            try await daemon.metric("holdfast_coordination_waiters") == count
        }
    }

    func failure(_ body: () async throws -> Void) async throws -> RPCError {
        do {
            try await body()
        } catch {
            return try #require(error as? RPCError)
        }
        throw Failure("it did not fail")
    }
}

func withLocks(
    _ arguments: [String] = [], _ body: (LockStory) async throws -> Void
) async throws {
    try await withDaemon(["--manual-clock"] + arguments) { daemon in
        try await daemon.client { client in
            try await daemon.client(as: "admin") { admin in
                try await body(LockStory(daemon: daemon, client: client, admin: admin))
            }
        }
    }
}

extension TryAcquireResponse.Outcome {
    var held: LockHeld? { if case .held(let held) = self { held } else { nil } }
    var notHeld: LockNotHeld? { if case .notHeld(let not) = self { not } else { nil } }
}

extension AcquireResponse.Outcome {
    var held: LockHeld? { if case .held(let held) = self { held } else { nil } }
    var notHeld: LockNotHeld? { if case .notHeld(let not) = self { not } else { nil } }
}

extension ChangeModeResponse.Outcome {
    var held: LockHeld? { if case .held(let held) = self { held } else { nil } }
    var notHeld: LockNotHeld? { if case .notHeld(let not) = self { not } else { nil } }
}

import Holdfast
import HoldfastBase
import Testing

/// What is wrong with a request is said with its field and its bound; who may not, may not.
@Suite struct LockRequestTests {
    @Test func whatIsWrongIsSaid() async throws {
        try await withLocks { story in
            func wrong(
                _ field: String, _ part: String, _ reason: String = "INVALID_FIELD",
                _ change: (inout AcquireRequest) -> Void
            ) async throws {
                var request = AcquireRequest(names: ["a"])
                change(&request)
                let asked = request
                let error = try await story.failure {
                    _ = try await story.client.locks.acquire(asked, options: LockStory.once)
                }
                #expect(error.code == .invalidArgument && error.reason == reason, "\(field)")
                #expect(error.violations.first?.field == field, "\(error)")
                #expect(error.violations.first?.description.contains(part) == true, "\(error)")
            }
            let name = "INVALID_NAME"
            try await wrong("names", "is empty: name 1 to 64", name) { $0.names = [] }
            try await wrong("names", "is empty: 1 to 512 bytes", name) { $0.names = [""] }
            try await wrong("names", "has 513 bytes: at most 512", name) {
                $0.names = [String(repeating: "x", count: 513)]
            }
            try await wrong("names[1]", "control character", name) { $0.names = ["a", "b\n"] }
            try await wrong("names", "control character", name) { $0.names = ["b\u{85}"] }
            try await wrong("names", "twice", name) { $0.names = ["a", "b", "a"] }
            try await wrong("names", "has 65 names: at most 64", name) {
                $0.names = (0..<65).map { "n\($0)" }
            }
            try await wrong("mode", "is 7") { $0.mode = LockMode(rawValue: 7) }
            try await wrong("session", "has 3 bytes: 16") { $0.session = [1, 2, 3] }
            try await wrong("ttl_ms", "is 99: at least 100") { $0.ttlMs = 99 }
            try await wrong("ttl_ms", "at most 86400000") { $0.ttlMs = 86_400_001 }
            try await wrong("holder", "reentrant") { $0.reentrant = true }
            try await wrong("holder", "has 129 bytes: at most 128") {
                $0.holder = String(repeating: "h", count: 129)
            }
            try await wrong("wait_ms", "at most 86400000") { $0.waitMs = .max }
            try await wrong("waited_ms", "at most 86400000") { $0.waitedMs = .max }
            try await wrong("wait_ms", "in one way") {
                $0.waitMs = 1
                $0.retryCount = 1
                $0.retryDelayMs = 1
            }
            try await wrong("retry_delay_ms", "give both") { $0.retryCount = 1 }
            try await wrong("retry_count", "give both") { $0.retryDelayMs = 1 }
            try await wrong("retry_delay_ms", "at most 86400000") {
                $0.retryCount = .max
                $0.retryDelayMs = .max
            }
            try await wrong("max_hold_ms", "without session and auto_renew") { $0.maxHoldMs = 1000 }
            try await wrong("renew_interval_ms", "without auto_renew") { $0.renewIntervalMs = 100 }
            try await wrong("renew_interval_ms", "from 10 to less than 1000") {
                $0.autoRenew = true
                $0.renewIntervalMs = 1000
                $0.ttlMs = 1000
            }
            try await wrong("auto_renew", "renewed by KeepAlive") {
                $0.autoRenew = true
                $0.session = RequestID.random().bytes
            }
            try await wrong("min_strength", "the cluster has 1 node") { $0.minStrength = 2 }
            try await wrong("lock_delay_ms", "at most 3600000") { $0.lockDelayMs = 3_600_001 }
            try await wrong("metadata", "has 1025 bytes: at most 1024") {
                $0.metadata = Array(repeating: 1, count: 1025)
            }
            #expect(try await story.daemon.metric("holdfast_coordination_calls") == 0)
        }
    }

    @Test func everythingAtItsBoundIsTaken() async throws {
        try await withLocks { story in
            let long = String(repeating: "é", count: 256)
            let names = [long] + (0..<63).map { "n\($0)" }
            let request = AcquireRequest(
                names: names, ttlMs: 86_400_000, holder: String(repeating: "h", count: 128),
                reentrant: true, waitMs: 86_400_000, minStrength: 1, lockDelayMs: 3_600_000,
                metadata: Array(repeating: 0, count: 1024))
            let response = try await story.client.locks.acquire(request, options: LockStory.once)
            #expect(response.outcome?.held?.ttlMs == 86_400_000)
            #expect(try await story.get(long).holders.first?.metadata.count == 1024)
        }
    }

    @Test func whatCannotBeIsRefusedWithAReason() async throws {
        try await withLocks { story in
            let session = try await story.failure {
                _ = try await story.attempt("a") { $0.session = RequestID.random().bytes }
            }
            #expect(session.code == .failedPrecondition && session.reason == "LOCK_NO_SESSION")
            let grant = try await story.failure { _ = try await story.renew("a", []) }
            #expect(grant.violations.first?.field == "grant")
            let lost = try await story.failure {
                _ = try await story.renew("a", RequestID.random().bytes)
            }
            #expect(lost.code == .failedPrecondition && lost.reason == "LOCK_NOT_OWNER")
        }
    }

    private static let policy = """
        role orders {
            allow lock.acquire lock.release lock.read lock.list on "orders/"
            deny lock.acquire on "orders/secret"
            allow election.* on "boss"
        }
        role operator { allow * on * }
        bind holdfast://dev/client -> orders
        bind holdfast://dev/admin -> operator
        """

    @Test func thePolicySeesEveryName() async throws {
        let folder = try Folder()
        let file = try folder.write("policy", Self.policy)
        try await withDaemon(
            ["--manual-clock", "--policy-file", file], folder: folder
        ) { daemon in
            try await daemon.client { client in
                try await daemon.client(as: "admin") { admin in
                    try await policyStory(LockStory(daemon: daemon, client: client, admin: admin))
                }
            }
        }
    }

    private func policyStory(_ story: LockStory) async throws {
        let held = try await story.take("orders/1", "orders/2")
        try await story.release("orders/1", "orders/2", grant: held.grant)
        for names in [["orders/1", "other"], ["orders/secret"], ["other", "orders/1"]] {
            let error = try await story.failure {
                _ = try await story.client.locks.tryAcquire(
                    TryAcquireRequest(names: names), options: LockStory.once)
            }
            #expect(error.code == .permissionDenied && error.metadata["verb"] == "lock.acquire")
        }
        let line = try await story.daemon.logged("call refused")
        #expect(line["verb"] == "lock.acquire" && line["key"] == "other")
        #expect(line["method"] == "holdfast.v1.LockService/TryAcquire")
        #expect(try await story.daemon.metric("holdfast_policy_denials_total") == 3)
        let locks = story.client.locks
        _ = try await locks.listLocks(ListLocksRequest(prefix: "orders/2"))
        for prefix in ["", "ord", "orders"] {
            let error = try await story.failure {
                _ = try await locks.listLocks(ListLocksRequest(prefix: prefix))
            }
            #expect(error.code == .permissionDenied, "\(prefix)")
        }
        let force = try await story.failure {
            _ = try await locks.forceRelease(ForceReleaseRequest(name: "orders/1"))
        }
        #expect(force.code == .permissionDenied)
        let leader = try await story.client.elections.leader(LeaderRequest(election: "boss"))
        #expect(leader.leadership == nil)
        let other = try await story.failure {
            _ = try await story.client.elections.leader(LeaderRequest(election: "other"))
        }
        #expect(other.code == .permissionDenied)
    }
}

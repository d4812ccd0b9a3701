import Holdfast
import HoldfastBase
import Testing

/// Keys over the wire, on the node in memory.
@Suite struct KeyTests {
    private func put(
        _ story: LockStory, _ key: String, _ value: String, _ condition: KeyCondition? = nil,
        ttl: UInt64 = 0, id: RequestID? = nil
    ) async throws -> PutKeyResponse.Outcome? {
        var options = LockStory.once
        options.requestID = id
        return try await story.client.keys.putKey(
            PutKeyRequest(
                key: key, value: Array(value.utf8), condition: condition, ttlMs: ttl),
            options: options
        ).outcome
    }

    private func get(_ story: LockStory, _ key: String) async throws -> KeyEntry? {
        try await story.client.keys.getKey(GetKeyRequest(key: key)).entry
    }

    private func version(_ outcome: PutKeyResponse.Outcome?) throws -> UInt64 {
        guard case .version(let version) = outcome else { throw Failure("\(outcome as Any)") }
        return version
    }

    @Test func eachChangeMakesTheNextVersion() async throws {
        try await withLocks { story in
            #expect(try await get(story, "k") == nil)
            let first = try version(try await put(story, "k", "one"))
            // A lock of the same name is another thing.
            _ = try await story.take("k")
            let second = try version(
                try await put(story, "k", "two", KeyCondition(condition: .version(first))))
            #expect(second == first + 1)
            #expect(try await get(story, "k")?.value == Array("two".utf8))
            for condition: KeyCondition.Condition in [.version(first), .absent(true)] {
                let outcome = try await put(
                    story, "k", "three", KeyCondition(condition: condition))
                guard case .mismatch(let mismatch)? = outcome else {
                    throw Failure("written: \(outcome as Any)")
                }
                #expect(mismatch.current?.version == second)
            }
            let outcome = try await put(
                story, "other", "x", KeyCondition(condition: .present(true)))
            #expect(outcome == .mismatch(KeyMismatch()))
            #expect(try await get(story, "other") == nil)
            let gone = try await story.client.keys.deleteKey(DeleteKeyRequest(key: "k")).outcome
            #expect(gone == .version(second + 1))
            let again = try await story.client.keys.deleteKey(DeleteKeyRequest(key: "k")).outcome
            #expect(again == .nothing(true))
            // Versions go on behind what was deleted.
            #expect(try version(try await put(story, "k", "four")) == second + 2)
        }
    }

    @Test func sentTwiceItIsMadeOnce() async throws {
        try await withLocks { story in
            let id = RequestID.random()
            let first = try version(try await put(story, "k", "one", id: id))
            _ = try await put(story, "k", "two")
            #expect(try version(try await put(story, "k", "one", id: id)) == first)
            #expect(try await get(story, "k")?.value == Array("two".utf8))
        }
    }

    @Test func aValueLastsAsLongAsItIsPutFor() async throws {
        try await withLocks { story in
            _ = try await put(story, "k", "one", ttl: 5000)
            #expect(try await get(story, "k")?.remaining == .remainingMs(5000))
            _ = try await story.advance(4999)
            #expect(try await get(story, "k")?.remaining == .remainingMs(1))
            _ = try await story.advance(1)
            #expect(try await get(story, "k") == nil)
            _ = try version(
                try await put(story, "k", "two", KeyCondition(condition: .absent(true))))
        }
    }

    @Test func keysAreListedAPageAtATime() async throws {
        try await withLocks { story in
            for number in 0..<25 { _ = try await put(story, "p/\(number)", "\(number)") }
            _ = try await put(story, "q", "x")
            var found: [KeyEntry] = []
            var request = ListKeysRequest(prefix: "p/", pageSize: 10)
            repeat {
                let page = try await story.client.keys.listKeys(request)
                #expect(page.entries.count <= 10)
                found += page.entries
                request.pageToken = page.nextPageToken
            } while !request.pageToken.isEmpty && found.count < 100
            #expect(found.map(\.key) == (0..<25).map { "p/\($0)" }.sorted())
            #expect(found.allSatisfy { "p/" + String(decoding: $0.value, as: UTF8.self) == $0.key })
            let names = try await story.client.keys.listKeys(ListKeysRequest(keysOnly: true))
            #expect(names.entries.count == 26 && names.entries.allSatisfy { $0.value.isEmpty })
        }
    }

    @Test func aBatchIsDoneInItsOrderEachStepByItself() async throws {
        try await withLocks { story in
            let get = KeyStep(step: .get(GetKeyRequest(key: "k")))
            let put = { (value: String, condition: KeyCondition?) in
                KeyStep(
                    step: .put(
                        PutKeyRequest(key: "k", value: Array(value.utf8), condition: condition)))
            }
            let response = try await story.client.keys.batchKeys(
                BatchKeysRequest(steps: [
                    put("one", nil), put("two", KeyCondition(condition: .absent(true))),
                    put("three", nil),
                    KeyStep(step: .delete(DeleteKeyRequest(key: "nothing"))), get,
                ]))
            #expect(response.results.count == 5)
            guard case .put(let first)? = response.results[0].result,
                case .put(let second)? = response.results[1].result,
                case .put(let third)? = response.results[2].result,
                case .deleted(let deleted)? = response.results[3].result
            else { throw Failure("\(response)") }
            let start = try version(first.outcome)
            guard case .mismatch? = second.outcome else { throw Failure("\(second)") }
            #expect(try version(third.outcome) == start + 1)
            #expect(deleted.outcome == .nothing(true))
            #expect(try await self.get(story, "k")?.value == Array("three".utf8))
        }
    }

    @Test func whatWasDoneIsCounted() async throws {
        try await withLocks { story in
            let first = try version(try await put(story, "k", "one"))
            _ = try await put(story, "k", "two", KeyCondition(condition: .version(first)))
            _ = try await put(story, "k", "no", KeyCondition(condition: .version(first)))
            _ = try await get(story, "k")
            let counted = try await story.client.admin.getStatistics(GetStatisticsRequest())
            let keys = try #require(counted.keys)
            #expect(keys.roundsCold == 1 && keys.roundsWarm == 2 && keys.mismatches == 1)
            #expect(keys.readsOne == 1 && keys.readsTwo == 0 && keys.states == 1)
            let puts = counted.requests.filter { $0.kind == "put_key" }
            #expect(puts.map(\.end) == ["done", "not_held"] && puts.map(\.count) == [2, 1])
        }
    }

    @Test func whatCannotBeWatchedIsRefused() async throws {
        try await withLocks { story in
            let many = (0..<65).map { "k\($0)" }
            let requests: [(WatchKeysRequest, String)] = [
                (WatchKeysRequest(keys: [""]), "keys[0]"),
                (WatchKeysRequest(keys: many), "keys"),
                (WatchKeysRequest(keys: ["a"], prefix: "b"), "prefix"),
                (WatchKeysRequest(keys: ["a"], changesOnly: true), "changes_only"),
                (WatchKeysRequest(resumeToken: [1, 2, 3]), "resume_token"),
                // A place behind the end of every log.
                (
                    WatchKeysRequest(
                        resumeToken: [UInt8(ascii: "w")] + [UInt8](repeating: 0xFF, count: 16)),
                    "resume_token"
                ),
                (WatchKeysRequest(space: "none"), "space"),
            ]
            for (request, field) in requests {
                do throws(RPCError) {
                    for try await _ in story.client.keys.watchKeys(request) {}
                    Issue.record("\(request) was taken")
                } catch {
                    #expect(
                        error.code == .invalidArgument && error.violations.first?.field == field)
                }
            }
        }
    }

    @Test func aGuardOfNobodyIsRefusedAndNothingWritten() async throws {
        try await withLocks { story in
            let taken = try await story.take("l")
            func refusal(_ guarding: KeyGuard) async throws -> RPCError {
                do throws(RPCError) {
                    _ = try await story.client.keys.putKey(
                        PutKeyRequest(key: "k", value: [1], guard: guarding),
                        options: LockStory.once)
                } catch {
                    return error
                }
                throw Failure("\(guarding) was taken")
            }
            let stale = try await refusal(KeyGuard(lock: "l", fence: taken.fence + 1))
            #expect(stale.code == .failedPrecondition && stale.reason == "STALE_FENCE")
            #expect(stale.metadata["fence"] == String(taken.fence))
            let free = try await refusal(KeyGuard(lock: "free", fence: 1))
            #expect(free.reason == "STALE_FENCE" && free.metadata.isEmpty)
            let fields = try await refusal(KeyGuard(lock: "", fence: 0)).violations.map(\.field)
            #expect(fields == ["guard.lock", "guard.fence"])
            #expect(try await get(story, "k") == nil)
            let guarding = KeyGuard(lock: "l", fence: taken.fence)
            let steps = [
                KeyStep(step: .put(PutKeyRequest(key: "k", value: [1], guard: guarding))),
                KeyStep(
                    step: .delete(
                        DeleteKeyRequest(key: "k", guard: KeyGuard(lock: "free", fence: 1)))),
            ]
            let results = try await story.client.keys.batchKeys(BatchKeysRequest(steps: steps))
                .results.map(\.result)
            guard case .put(let put)? = results[0], case .version? = put.outcome else {
                throw Failure("\(results)")
            }
            #expect(results[1] == .failed("STALE_FENCE"))
        }
    }

    @Test func whatCannotBeMeantIsRefused() async throws {
        try await withLocks { story in
            let keys = story.client.keys
            func refusal(_ request: PutKeyRequest) async throws -> RPCError {
                do throws(RPCError) {
                    _ = try await keys.putKey(request, options: LockStory.once)
                } catch {
                    return error
                }
                throw Failure("\(request) was taken")
            }
            let large = [UInt8](repeating: 0, count: (60 << 10) + 1)
            let long = String(repeating: "k", count: 513)
            for (request, reason, field) in [
                (PutKeyRequest(key: ""), "INVALID_NAME", "key"),
                (PutKeyRequest(key: "a\u{1}"), "INVALID_NAME", "key"),
                (PutKeyRequest(key: long), "INVALID_NAME", "key"),
                (PutKeyRequest(key: "a", value: large), "INVALID_FIELD", "value"),
                (PutKeyRequest(space: "mine", key: "a"), "UNKNOWN_SPACE", "space"),
                (PutKeyRequest(key: "a", ttlMs: .max), "INVALID_FIELD", "ttl_ms"),
                (
                    PutKeyRequest(key: "a", condition: KeyCondition(condition: .version(0))),
                    "INVALID_FIELD", "condition.version"
                ),
            ] {
                let error = try await refusal(request)
                #expect(error.code == .invalidArgument && error.reason == reason, "\(error)")
                #expect(error.violations.map(\.field) == [field], "\(error)")
            }
            let token = ListKeysRequest(pageToken: [1, 2, 3])
            await #expect(throws: RPCError.self) { try await keys.listKeys(token) }
            let empty = BatchKeysRequest()
            await #expect(throws: RPCError.self) { try await keys.batchKeys(empty) }
            let many = BatchKeysRequest(
                steps: Array(
                    repeating: KeyStep(step: .get(GetKeyRequest(key: "a"))), count: 129))
            await #expect(throws: RPCError.self) { try await keys.batchKeys(many) }
            await #expect(throws: RPCError.self) {
                try await keys.batchKeys(BatchKeysRequest(steps: [KeyStep()]))
            }
            #expect(try await get(story, "a") == nil)
        }
    }
}

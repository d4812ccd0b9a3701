import Holdfast
import HoldfastBase
import Testing

/// Watching locks and elections.
@Suite struct WatchTests {
    /// What a stream has said so far.
    private actor Seen {
        private(set) var lines: [String] = []
        private(set) var token: [UInt8] = []

        func add(_ element: WatchResponse) {
            switch element.event {
            case .changed(let lock):
                let who = lock.holders.map { String(decoding: $0.metadata, as: UTF8.self) }
                lines.append("\(lock.name)=\(who.joined(separator: "+"))")
            case .synced(let synced):
                token = synced.resumeToken
                lines.append("synced")
            case nil: lines.append("nothing")
            }
        }

        func add(_ line: String) { lines.append(line) }
    }

    /// Lets time pass, in which the server looks, until the last line is `line`.
    private func sees(_ seen: Seen, _ line: String, _ story: LockStory) async throws {
        try await eventually("\(line) is seen") {
            try await story.advance(100)
            return await seen.lines.last == line
        }
    }

    private func watch(
        _ story: LockStory, _ request: WatchRequest
    ) -> (Seen, Task<Void, any Error>) {
        let seen = Seen()
        let task = Task {
            for try await element in story.client.watches.watch(request) {
                await seen.add(element)
            }
        }
        return (seen, task)
    }

    @Test func changesAreSeenInOrder() async throws {
        try await withLocks { story in
            func take(_ name: String, _ who: String) async throws -> LockHeld {
                try await story.take(name, ttl: 60_000) { $0.metadata = Array(who.utf8) }
            }
            let first = try await take("a/1", "me")
            _ = try await take("b", "other")
            let (seen, task) = watch(story, WatchRequest(prefix: "a/"))
            try await sees(seen, "synced", story)
            #expect(await seen.lines == ["a/1=me", "synced"])
            _ = try await take("a/2", "you")
            try await sees(seen, "a/2=you", story)
            try await story.release("a/1", grant: first.grant)
            try await sees(seen, "a/1=", story)
            // Its end is seen though nobody does anything.
            try await story.advance(60_000)
            try await sees(seen, "a/2=", story)
            #expect(await seen.lines == ["a/1=me", "synced", "a/2=you", "a/1=", "a/2="])
            task.cancel()
            #expect(await task.result.isFailure)
            try await eventually("nothing is left") {
                try await story.daemon.metric("holdfast_coordination_calls") == 0
            }
        }
    }

    @Test func aWatchIsResumedWhereItWas() async throws {
        try await withLocks { story in
            _ = try await story.take("a", ttl: 60_000)
            // One more watch keeps the log alive in between.
            let (kept, keeper) = watch(story, WatchRequest())
            try await sees(kept, "synced", story)
            let (seen, task) = watch(story, WatchRequest(names: ["a", "b", "c"]))
            try await sees(seen, "synced", story)
            let token = await seen.token
            task.cancel()
            #expect(await task.result.isFailure)
            _ = try await story.take("b", ttl: 60_000)
            let (again, other) = watch(
                story, WatchRequest(names: ["a", "b", "c"], resumeToken: token))
            try await sees(again, "synced", story)
            #expect(await again.lines.contains("b="))
            keeper.cancel()
            other.cancel()
            let error = try await story.failure {
                let request = WatchRequest(resumeToken: [1, 2])
                for try await _ in story.client.watches.watch(request) {}
            }
            #expect(error.violations.map(\.field) == ["resume_token"])
        }
    }

    @Test func aLeaderIsObserved() async throws {
        try await withLocks { story in
            let seen = Seen()
            let task = Task {
                let request = ObserveRequest(election: "boss")
                for try await element in story.client.elections.observe(request) {
                    let value = element.leadership.map { String(decoding: $0.value, as: UTF8.self) }
                    await seen.add(value ?? "nobody")
                }
            }
            try await sees(seen, "nobody", story)
            let campaign = CampaignRequest(
                election: "boss", value: Array("one".utf8), ttlMs: 60_000)
            let response = try await story.client.elections.campaign(campaign)
            guard case .lead(let lead)? = response.outcome else { throw Failure("not elected") }
            try await sees(seen, "one", story)
            _ = try await story.client.elections.proclaim(
                ProclaimRequest(election: "boss", key: lead.key, value: Array("two".utf8)))
            try await sees(seen, "two", story)
            _ = try await story.client.elections.resign(
                ResignRequest(election: "boss", key: lead.key))
            try await sees(seen, "nobody", story)
            task.cancel()
            #expect(await task.result.isFailure)
        }
    }

    private static func policy(_ verbs: String) -> String {
        """
        role caller { allow \(verbs) on * }
        role operator { allow * on * }
        bind holdfast://dev/client -> caller
        bind holdfast://dev/admin -> operator
        """
    }

    @Test func aPermissionThatWasTakenAwayEndsTheWatch() async throws {
        let folder = try Folder()
        let file = try folder.write("policy", Self.policy("lock.* watch.read"))
        try await withDaemon(
            ["--manual-clock", "--policy-file", file], folder: folder
        ) { daemon in
            try await daemon.client { client in
                try await daemon.client(as: "admin") { admin in
                    let story = LockStory(daemon: daemon, client: client, admin: admin)
                    let (seen, task) = watch(story, WatchRequest(prefix: "a/"))
                    try await sees(seen, "synced", story)
                    _ = try folder.write("policy", Self.policy("lock.*"))
                    _ = try await admin.admin.reload(ReloadRequest())
                    let error = await #expect(throws: RPCError.self) { try await task.value }
                    #expect(error?.code == .permissionDenied)
                    try await eventually("nothing is left") {
                        try await daemon.metric("holdfast_coordination_calls") == 0
                    }
                }
            }
        }
    }
}

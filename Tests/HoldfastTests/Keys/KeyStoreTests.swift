import Holdfast
import HoldfastTesting
import Testing

/// Keys as a program uses them, with a server in this process.
@Suite struct KeyStoreTests {
    @Test func whatIsPutIsRead() async throws {
        try await withTestServer { server in
            let store = try server.client().store
            #expect(try await store.get("k") == nil)
            let first = try await store.put("k", "one")
            let second = try await store.put("k", [0xFF], if: .version(first))
            #expect(second == first + 1)
            let found = try await store.get("k")
            #expect(found == StoredValue(key: "k", bytes: [0xFF], version: second))
            #expect(found?.text == nil)
            let conflict = KeyConflict(key: "k", current: found)
            await #expect(throws: conflict) { try await store.put("k", "x", if: .absent) }
            await #expect(throws: conflict) { try await store.delete("k", if: .version(first)) }
            await #expect(throws: KeyConflict(key: "none", current: nil)) {
                try await store.put("none", "x", if: .present)
            }
            #expect(try await store.delete("k"))
            #expect(try await !store.delete("k"))
            #expect(try await store.get("k") == nil)
        }
    }

    @Test func aValueIsOverWhenItsTimeIs() async throws {
        try await withTestServer(time: .manual) { server in
            let store = try server.client().store
            try await store.put("k", "one", lasting: .seconds(10))
            #expect(try await store.get("k")?.remaining == .seconds(10))
            try await server.advance(by: .seconds(10))
            #expect(try await store.get("k") == nil)
            await #expect(throws: HoldfastError.self) {
                try await store.put("k", "one", lasting: .zero)
            }
        }
    }

    @Test func updatesOfManyAreAllMade() async throws {
        try await withTestServer { server in
            let clients = try (0..<4).map { _ in try server.client() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in clients {
                    group.addTask {
                        for _ in 0..<10 {
                            try await client.store.update("count") { old in
                                let number = Int(String(decoding: old ?? [], as: UTF8.self)) ?? 0
                                return Array(String(number + 1).utf8)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await clients[0].store.get("count")?.text == "40")
            #expect(try await clients[0].store.update("count") { _ in nil } != nil)
            #expect(try await clients[0].store.get("count") == nil)
            #expect(try await clients[0].store.update("count") { _ in nil } == nil)
        }
    }

    @Test func keysOfANamespaceAreItsOwn() async throws {
        try await withTestServer { server in
            let mine = try server.client(ClientOptions(namespace: "mine")).store
            let all = try server.client().store
            for number in 0..<250 { try await mine.put("p/\(number)", "\(number)") }
            try await all.put("p/other", "x")
            var keys: [String] = []
            for try await entry in mine.list(prefix: "p/") {
                #expect("p/" + (entry.text ?? "") == entry.key)
                keys.append(entry.key)
            }
            #expect(keys == (0..<250).map { "p/\($0)" }.sorted())
            var names = 0
            for try await entry in all.list(hasValues: false) {
                #expect(entry.bytes.isEmpty)
                names += 1
            }
            #expect(names == 251)
            #expect(try await all.get("mine/p/7")?.text == "7")
        }
    }

    @Test func aWatcherSeesWhatIsThereAndWhatChanges() async throws {
        try await withTestServer { server in
            let mine = try server.client(ClientOptions(namespace: "mine")).store
            let other = try server.client().store
            try await mine.put("p/1", "one")
            try await other.put("p/other", "not of the namespace")
            var events: [KeyEvent] = []
            for try await event in mine.watch(prefix: "p/") {
                guard case .current = event else {
                    events.append(event)
                    if events.count == 4 { break }
                    continue
                }
                // Told again from time to time, also while something is on its way.
                guard events.count == 1 else { continue }
                try await other.put("mine/p/2", "two")
                try await mine.delete("p/1")
                try await mine.put("q", "not watched")
                try await mine.put("p/3", [UInt8](repeating: 7, count: 60_000))
            }
            var seen: [String: String] = [:]
            for event in events {
                switch event {
                case .value(let value): seen[value.key, default: ""] += "=\(value.bytes.count)"
                case .deleted(let key): seen[key, default: ""] += "-"
                case .current, .restarted: Issue.record("\(event)")
                }
            }
            #expect(seen == ["p/1": "=3-", "p/2": "=3", "p/3": "=60000"])
        }
    }

    @Test func aWatcherOfOneKeyIsToldThatThereIsNone() async throws {
        try await withTestServer { server in
            let store = try server.client().store
            var events: [KeyEvent] = []
            for try await event in store.watch("k") {
                if case .current = event {
                    if events.count == 1 { try await store.put("k", "one") }
                    continue
                }
                events.append(event)
                if events.count == 2 { break }
            }
            #expect(events.first == .deleted(key: "k"))
            guard case .value(let value)? = events.last else {
                Issue.record("\(events)")
                return
            }
            #expect(value.text == "one")
        }
    }

    /// More than a stream may keep, and the reader takes its time.
    @Test func aSlowWatcherOfMuchLosesNothing() async throws {
        try await withTestServer { server in
            let store = try server.client().store
            for number in 0..<60 {
                try await store.put("k\(number)", [UInt8](repeating: 1, count: 20_000))
            }
            var sizes: [String: Int] = [:]
            var isCurrent = false
            for try await event in store.watch(prefix: "") {
                switch event {
                case .value(let value): sizes[value.key] = value.bytes.count
                case .current: isCurrent = true
                case .deleted, .restarted: Issue.record("\(event)")
                }
                if sizes.count == 10, !isCurrent {
                    for number in 0..<60 { try await store.put("k\(number)", [1]) }
                }
                if isCurrent, sizes.values.allSatisfy({ $0 == 1 }) { break }
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(sizes.count == 60)
        }
    }

    @Test func aWatchGoesOnWhenItsConnectionBreaks() async throws {
        try await withTestServer { server in
            let store = try server.client().store
            let writer = try server.client().store
            try await store.put("a", "one")
            var events: [KeyEvent] = []
            for try await event in store.watch(prefix: "") {
                if case .current = event {
                    guard events.count == 1 else { continue }
                    server.dropConnections()
                    try await writer.put("b", "two")
                    try await writer.delete("a")
                    continue
                }
                events.append(event)
                if events.count == 3 { break }
            }
            let last = events.dropFirst().map { event in
                switch event {
                case .value(let value): value.key + "=" + (value.text ?? "")
                case .deleted(let key): key + "-"
                default: "?"
                }
            }
            #expect(Set(last) == ["b=two", "a-"])
        }
    }

    /// There is no place yet to go on from: what is deleted meanwhile must not stay with the reader.
    @Test func aWatchThatBreaksBeforeItIsCurrentBeginsAnew() async throws {
        try await withTestServer { server in
            let store = try server.client().store
            let writer = try server.client().store
            for number in 0..<60 {
                try await store.put("k\(number)", [UInt8](repeating: 1, count: 20_000))
            }
            var known: Set<String> = []
            var gone: String?
            for try await event in store.watch(prefix: "") {
                switch event {
                case .value(let value):
                    known.insert(value.key)
                    guard gone == nil else { continue }
                    gone = value.key
                    server.dropConnections()
                    try await writer.delete(value.key)
                case .deleted(let key): known.remove(key)
                case .restarted: known = []
                case .current: break
                }
                if event == .current { break }
            }
            #expect(known.count == 59)
            #expect(gone.map { !known.contains($0) } == true)
        }
    }

    @Test func aGuardKeepsEarlierHoldersAway() async throws {
        try await withTestServer { server in
            let options = ClientOptions(namespace: "mine")
            let (first, second) = (try server.client(options), try server.client(options))
            let early = try await first.withLock("report") { held in
                let guarding = LockFence(held)
                try await first.store.put("state", "begun", guardedBy: guarding)
                return guarding
            }
            try await second.withLock("report") { held in
                // Nothing was done under this guard yet: the key has only met the earlier one.
                let state = try await second.store.get("state", guardedBy: LockFence(held))
                #expect(state?.text == "begun")
                let stale = StaleGuard(key: "state", guarding: early, holder: held.fence)
                await #expect(throws: stale) {
                    try await first.store.put("state", "late", guardedBy: early)
                }
                await #expect(throws: stale) {
                    try await first.store.delete("state", guardedBy: early)
                }
                await #expect(throws: StaleGuard.self) {
                    try await first.store.put("new", "late", guardedBy: early)
                }
            }
            #expect(try await first.store.get("state")?.text == "begun")
            let free = LockFence(lock: "nobody", fence: 7)
            await #expect(throws: StaleGuard(key: "new", guarding: free, holder: nil)) {
                try await first.store.get("new", guardedBy: free)
            }
        }
    }

    @Test func whatCannotBeIsSaidInWords() async throws {
        try await withTestServer { server in
            let store = try server.client().store
            do {
                try await store.put("", "x")
                Issue.record("written")
            } catch let error as HoldfastError {
                #expect(error.code == .configuration && error.message.contains("key: is empty"))
            }
        }
    }
}

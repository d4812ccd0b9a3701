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

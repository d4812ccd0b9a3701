import HoldfastSimulation
import Testing

/// What a node remembers of its connections.
@Suite("Connections of the Redis model")
struct ConnectionTests {
    @Test("a message reaches the subscribers of its channel, in the order of their subscription")
    func messages() {
        let node = Node()
        #expect(node("SUBSCRIBE", "a", "b", connection: 2) == "[\"subscribe\", \"a\", 1]")
        #expect(node.messages() == ["2: [\"subscribe\", \"b\", 2]"])
        node("SUBSCRIBE", "a", connection: 1)
        #expect(node("PUBLISH", "a", "text") == "2")
        #expect(node("EVAL", "return redis.call('PUBLISH', 'b', 'more')", "0") == "1")
        #expect(
            node.messages() == [
                "2: [\"message\", \"a\", \"text\"]", "1: [\"message\", \"a\", \"text\"]",
                "2: [\"message\", \"b\", \"more\"]",
            ])
        #expect(node("GET", "k", connection: 1).hasPrefix("-ERR Can't execute 'get': only"))
        #expect(node("PING", connection: 1) == "[\"pong\", \"\"]")
        #expect(node("UNSUBSCRIBE", connection: 1) == "[\"unsubscribe\", \"a\", 0]")
        node.model.disconnect(2)
        #expect(node("PUBLISH", "a", "text") == "0")
    }

    @Test("a password is asked of each connection")
    func password() {
        var settings = RedisSettings()
        settings.password = Array("secret".utf8)
        let node = Node(settings: settings)
        #expect(node("GET", "a") == "-NOAUTH Authentication required.")
        #expect(node("AUTH", "wrong").hasPrefix("-WRONGPASS"))
        #expect(node("AUTH", "default", "secret") == "+OK")
        #expect(node("GET", "a") == "null")
        #expect(node("GET", "a", connection: 1) == "-NOAUTH Authentication required.")
        #expect(Node()("AUTH", "x").hasPrefix("-ERR AUTH <password> called without any password"))
    }

    @Test("a scan gives everything that is there all the time")
    func scan() {
        let node = Node()
        for index in 0..<500 { node("SET", "k\(index)", "v") }
        var cursor: String? = "0"
        var found: Set<String> = []
        var calls = 0
        while let at = cursor {
            let reply = node("SCAN", at, "COUNT", "7")
            let parts = reply.split(separator: "\"").filter { $0.contains { $0.isNumber } }
            found.formUnion(parts.dropFirst().map(String.init))
            node("DEL", "k\(calls)")
            node("SET", "new\(calls)", "v")
            calls += 1
            cursor = parts.first == "0" ? nil : parts.first.map(String.init)
        }
        #expect(calls > 60)
        #expect((calls..<500).allSatisfy { found.contains("k\($0)") })
    }
}

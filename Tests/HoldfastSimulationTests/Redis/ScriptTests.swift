import HoldfastRedis
import HoldfastSimulation
import Testing

/// Scripts beyond what the differential test can compare: caches, budgets, time and what is absent.
@Suite("Scripts of the Redis model")
struct ScriptTests {
    @Test("a script is known by its digest, in either case, until it is flushed")
    func digests() {
        let node = Node()
        let digest = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
        #expect(node("EVALSHA", digest, "0") == "-NOSCRIPT No matching script. Please use EVAL.")
        #expect(node("SCRIPT", "LOAD", "return 1") == "\"\(digest)\"")
        #expect(node("SCRIPT", "EXISTS", digest, "nothing") == "[1, 0]")
        #expect(node("EVALSHA", digest.uppercased(), "0") == "1")
        #expect(node("SCRIPT", "FLUSH") == "+OK")
        #expect(node("EVALSHA", digest, "0").hasPrefix("-NOSCRIPT"))
    }

    @Test("nodes that share an engine do not share what they know")
    func sharing() {
        let lua = LuaEngine()
        let (one, two) = (RedisModel(lua: lua), RedisModel(lua: lua))
        let script = ["EVAL", "return redis.call('INCR', 'n')", "0"].map { Array($0.utf8) }
        for _ in 0..<2 { _ = one.execute(script, nowMicroseconds: 0) }
        #expect(two.execute(script, nowMicroseconds: 0) == .integer(1))
        #expect(one.execute(script, nowMicroseconds: 0) == .integer(3))
    }

    @Test(
        "an endless script ends as an error, whatever it catches",
        arguments: [
            "while true do end", "while true do pcall(function() while true do end end) end",
        ])
    func budget(script: String) {
        var settings = RedisSettings()
        settings.scriptInstructionsMax = 10_000
        let node = Node(settings: settings)
        let reply = node("EVAL", script, "0")
        #expect(reply.hasPrefix("-ERR Script killed by user with SCRIPT KILL... script: "))
        #expect(node("EVAL", "return 7", "0") == "7", "the next script is not affected")
    }

    @Test("time stands still during a script, and keys end by it only between scripts")
    func time() {
        var node = Node()
        node.now = 5_000
        node("SET", "a", "1", "PXAT", "5000")
        let script = "return {redis.call('TIME'), redis.call('GET', 'a')}"
        #expect(node("EVAL", script, "0") == "[[\"5\", \"0\"], \"1\"]")
        node.now = 5_001
        #expect(node("EVAL", script, "0") == "[[\"5\", \"1000\"], null]")
    }

    @Test(
        "what would make two runs differ is absent",
        arguments: ["math.random()", "math.randomseed(1)", "redis.nothing()"])
    func absentFields(call: String) {
        #expect(Node()("EVAL", "return \(call)", "0").contains("attempt to call field"))
    }

    @Test(
        "what reaches out of the state is absent",
        arguments: [
            "print", "dofile", "loadfile", "load", "loadstring", "collectgarbage", "gcinfo", "os",
            "io", "debug", "require", "coroutine", "newproxy", "setfenv", "getfenv",
        ])
    func absentGlobals(name: String) {
        let reply = Node()("EVAL", "return \(name)", "0")
        #expect(reply.contains("Script attempted to access nonexistent global variable '\(name)'"))
    }

    @Test(
        "a script leaves nothing behind",
        arguments: [
            "x = 1", "redis.call = nil", "string.len = nil", "_G.x = 1", "table.x = 1",
            "rawset(string, 'x', 1)", "setmetatable(_G, nil)", "getmetatable('').__index = nil",
            "rawset(_G, 'KEYS', 1)",
        ])
    func locked(script: String) {
        #expect(Node()("EVAL", script, "0").hasPrefix("-"))
    }

    @Test("a script that recurses or nests without end is an error or bounded")
    func depth() {
        let node = Node()
        let recursion = "local function f() return 1 + f() end return f()"
        #expect(node("EVAL", recursion, "0").contains("stack overflow"))
        let cycle = "local t = {}; t[1] = t; return t"
        #expect(node("EVAL", cycle, "0").contains("-ERR reached lua stack limit"))
        #expect(node("EVAL", "return 7", "0") == "7")
    }
}

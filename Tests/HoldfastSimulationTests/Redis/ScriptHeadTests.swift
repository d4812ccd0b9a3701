import HoldfastSimulation
import Testing

/// The first line of a script that is for Redis: with it, a script is refused before it begins or
/// not at all. In the words that redis-server 7.0.15 was seen to use.
@Suite("First lines of scripts")
struct ScriptHeadTests {
    private static let write = "\nreturn redis.call('SET', KEYS[1], 'x')"

    @Test("a full memory refuses those that do not say that they may run then")
    func outOfMemory() {
        let node = Node()
        node.model.faults.isOutOfMemory = true
        #expect(
            node("EVAL", "#!lua" + Self.write, "1", "a")
                == "-OOM allow-oom flag is not set on the script, can not run it when used memory >"
                + " 'maxmemory'")
        #expect(node("EVAL", "#!lua flags=allow-oom" + Self.write, "1", "a") == "+OK")
        #expect(node("EVAL", "#!lua flags=no-writes\nreturn 1", "0") == "1")
    }

    @Test("a replica runs only those that say that they do not write")
    func replica() {
        let node = Node()
        node.model.faults.isReadOnly = true
        let refusal = "-READONLY Can not run script with write flag on readonly replica."
        #expect(node("EVAL", "#!lua\nreturn 1", "0") == refusal)
        #expect(node("EVAL", "#!lua flags=allow-oom\nreturn 1", "0") == refusal)
        #expect(node("EVAL", "#!lua flags=no-writes\nreturn 1", "0") == "1")
    }

    @Test("one that says that it does not write cannot")
    func noWrites() {
        #expect(
            Node()("EVAL", "#!lua flags=no-writes" + Self.write, "1", "a").hasPrefix(
                "-ERR Write commands are not allowed from read-only scripts."))
    }

    @Test(
        "a line that Redis does not know is no script",
        arguments: [
            ("#!python\nreturn 1", "-ERR Unexpected engine in script shebang: #!python"),
            ("#!lua flags=often\nreturn 1", "-ERR Unexpected flag in script shebang: often"),
            ("#!lua name=x\nreturn 1", "-ERR Unknown lua shebang option: name=x"),
        ])
    func unknown(script: String, refusal: String) {
        #expect(Node()("EVAL", script, "0") == refusal)
    }

    @Test("real servers say the same")
    func differential() throws {
        let pair = try ServerPair()
        let scripts = [
            "#!lua\nreturn redis.call('SET', KEYS[1], 'x')", "#!lua flags=no-writes\nreturn 1",
            "#!lua flags=allow-oom,no-writes\nreturn redis.call('GET', KEYS[1])",
            "#!python\nreturn 1", "#!lua flags=often\nreturn 1", "#!lua name=x\nreturn 1",
            "#!lua\n\nreturn nothing", "#!lua flags=no-writes\nreturn redis.call('DEL', KEYS[1])",
        ]
        try pair.compare(scripts.map { ["EVAL", $0, "1", "a"].map { Array($0.utf8) } })
    }
}

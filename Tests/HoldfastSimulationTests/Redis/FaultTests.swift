import HoldfastSimulation
import Testing

/// What a node answers when something is wrong with it, in the words that redis-server 7.0.15 was
/// seen to use.
@Suite("Faults of the Redis model")
struct FaultTests {
    @Test("a replica refuses writes, also those of scripts, and answers reads")
    func readOnly() {
        let node = Node()
        node("SET", "a", "1")
        node.model.faults.isReadOnly = true
        #expect(node("SET", "a", "2") == "-READONLY You can't write against a read only replica.")
        #expect(node("GET", "a") == "\"1\"")
        #expect(
            node("EVAL", "return redis.call('DEL', KEYS[1])", "1", "a").hasPrefix(
                "-READONLY You can't write against a read only replica. script: "))
        #expect(node("EVAL", "return redis.call('GET', KEYS[1])", "1", "a") == "\"1\"")
        #expect(node("INFO", "replication").contains("role:slave"))
    }

    @Test("a node that loads answers nothing about data")
    func loading() {
        let node = Node()
        node.model.faults.isLoading = true
        let refusal = "-LOADING Redis is loading the dataset in memory"
        #expect(node("GET", "a") == refusal)
        #expect(node("PING") == refusal)
        #expect(node("EVAL", "return 1", "0") == refusal)
        #expect(node("INFO").contains("loading:1"))
    }

    @Test("a replica without its master serves neither data nor scripts")
    func masterDown() {
        let node = Node()
        node.model.faults.isMasterDown = true
        let refusal =
            "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."
        #expect(node("GET", "a") == refusal)
        #expect(node("EVAL", "return 1", "0") == refusal)
        #expect(node("INFO", "replication").contains("master_link_status:down"))
    }

    @Test("a node busy with a script answers nobody")
    func busy() {
        let node = Node()
        node.model.faults.isBusy = true
        #expect(node("PING").hasPrefix("-BUSY Redis is busy running a script."))
        #expect(node("INFO").hasPrefix("-BUSY"))
    }

    @Test("without memory nothing grows, but a script that has written goes on")
    func outOfMemory() {
        let node = Node()
        node("SET", "a", "1")
        node.model.faults.isOutOfMemory = true
        let refusal = "OOM command not allowed when used memory > 'maxmemory'."
        #expect(node("SET", "a", "2") == "-" + refusal)
        #expect(node("GET", "a") == "\"1\"")
        let grow = "return redis.call('SET', KEYS[1], 'x')"
        #expect(node("EVAL", grow, "1", "a").hasPrefix("-\(refusal) script: "))
        #expect(node("EVAL", "redis.call('DEL', KEYS[1]) " + grow, "1", "a") == "+OK")
        #expect(node("DEL", "a") == "1")
    }

    @Test("a failing disk refuses writes, and PING")
    func disk() {
        var settings = RedisSettings()
        settings.isAppendOnly = true
        let node = Node(settings: settings)
        node.model.faults.isDiskFailing = true
        let refusal = "-MISCONF Errors writing to the AOF file: No space left on device"
        #expect(node("SET", "a", "1") == refusal)
        #expect(node("PING") == refusal)
        #expect(node("GET", "a") == "null")
        #expect(
            node("EVAL", "return redis.call('SET', 'a', 1)", "0").hasPrefix(refusal + " script: "))
        #expect(
            Node(settings: RedisSettings()).failingToSave.hasPrefix(
                "-MISCONF Redis is configured to save RDB snapshots"))
    }

    @Test("a restart forgets scripts and connections, and data only where none was kept")
    func restart() {
        let node = Node()
        node("SET", "a", "1")
        node("CLIENT", "SETNAME", "me")
        let digest = node("SCRIPT", "LOAD", "return 1").filter { $0 != "\"" }
        node.model.restart(keepingData: true, runID: "second")
        #expect(node("GET", "a") == "\"1\"")
        #expect(node("CLIENT", "GETNAME") == "null")
        #expect(node("EVALSHA", digest, "0") == "-NOSCRIPT No matching script. Please use EVAL.")
        #expect(node("INFO", "server").contains("run_id:second"))
        node.model.restart(keepingData: false, runID: "third")
        #expect(node("GET", "a") == "null")
    }

    @Test("data goes back to a snapshot, is evicted and wiped")
    func losses() {
        let node = Node()
        node("SET", "a", "1")
        node("RPUSH", "list", "x")
        let snapshot = node.model.snapshot()
        node("SET", "a", "2")
        node("RPUSH", "list", "y")
        node("SET", "b", "3")
        node.model.roll(backTo: snapshot)
        #expect(node("GET", "a") == "\"1\"")
        #expect(node("LRANGE", "list", "0", "-1") == "[\"x\"]")
        #expect(node.model.keyCount == 2)
        #expect(node.model.evict(index: 1) == Array("list".utf8))
        #expect(node.model.evict(index: 1) == nil)
        #expect(node("EXISTS", "list", "a") == "1")
        node.model.wipe()
        #expect(node("DBSIZE") == "0")
    }

    @Test("a key ends by the node's clock, which may jump both ways")
    func clock() {
        var node = Node()
        node("SET", "a", "1", "PX", "1000")
        node.now += 1000
        #expect(node("PTTL", "a") == "0")
        node.model.faults.clockOffsetMicroseconds = -60_000_000
        #expect(node("PTTL", "a") == "60000")
        node.model.faults.clockOffsetMicroseconds = 1_000
        #expect(node("GET", "a") == "null")
        node.model.faults.clockOffsetMicroseconds = 0
        #expect(node("GET", "a") == "null", "what was removed stays removed")
    }
}

extension Node {
    /// What a node that keeps snapshots answers to a write when its disk fails.
    fileprivate var failingToSave: String {
        model.faults.isDiskFailing = true
        return self("SET", "a", "1")
    }
}

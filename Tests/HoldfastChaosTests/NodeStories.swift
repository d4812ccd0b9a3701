import Holdfast
import HoldfastBase
import HoldfastTestChaos
import Testing

/// What happens to nodes, step by step.
@Suite("Stories of nodes", .timeLimit(.minutes(4)))
struct NodeStories {
    @Test("no quorum: the answer names the nodes in time, and nothing is left held")
    func noQuorum() async throws {
        try await withCluster { cluster in
            try await cluster.callers { first, second in
                let held = try await first.take("b")
                cluster.nodes[1].kill()
                cluster.nodes[2].pause()
                for caller in [first.plain, second.plain] {
                    let error = try await caller.failure {
                        _ = try await caller.acquire("a", timeout: .seconds(10))
                    }
                    #expect(error.code == .unavailable && error.reason == "NO_QUORUM")
                    #expect(Set(error.metadata.keys) == ["node_1", "node_2"], "\(error)")
                    #expect(!error.metadata.values.contains(""))
                }
                // What lives, lives on, but nobody can say so.
                let renewal = try await first.failure {
                    _ = try await first.plain.renew("b", held.grant)
                }
                #expect(renewal.code == .unavailable)
                for server in cluster.servers {
                    try await eventually("not ready") { server.page("/readyz")?.status == 503 }
                }
                cluster.nodes[2].resume()
                try await cluster.nodes[1].start()
                try await cluster.healthy()
                let info = try await second.get("a")
                let grants = info.perNode.flatMap(\.grants)
                #expect(grants.isEmpty)
                #expect(try await second.renew("b", held.grant).fence == held.fence)
                #expect(try await second.release("b", held.grant))
            }
        }
    }

    @Test("full memory on all nodes: nobody gets in, but renewals and releases go on")
    func fullMemory() async throws {
        try await withCluster { cluster in
            try await cluster.callers { first, second in
                let held = try await first.take("a")
                for node in cluster.nodes { try node.ask("CONFIG", "SET", "maxmemory", "1") }
                let error = try await second.failure { _ = try await second.plain.acquire("b") }
                #expect(error.code == .unavailable, "\(error)")
                #expect(error.metadata.count >= 2, "\(error)")
                #expect(error.metadata.values.allSatisfy { $0.contains("memory") })
                #expect(try await second.renew("a", held.grant).fence == held.fence)
                #expect(try await first.release("a", held.grant))
                for node in cluster.nodes { try node.ask("CONFIG", "SET", "maxmemory", "0") }
                let next = try await first.take("a")
                #expect(next.fence > held.fence)
                try await first.release("a", next.grant)
            }
        }
    }

    @Test("a node without its data is admitted anew while fences go on rising")
    func readmission() async throws {
        try await withCluster({ $0.persistence = .none }) { cluster in
            try await cluster.callers { first, second in
                var last: UInt64 = 0
                func turn(_ caller: Caller) async throws {
                    let held = try await caller.take("a", ttl: 1000, wait: 5000)
                    #expect(held.fence > last)
                    last = held.fence
                    try await caller.release("a", held.grant)
                }
                try await turn(first)
                let before = try await cluster.listNodes(of: 0)
                try await cluster.inflict(.killNode, node: 0, server: 0, for: .zero)
                try await cluster.node(0) { $0.state != .voting || $0.epoch > before.epoch }
                var isBack = false
                while !isBack {
                    try await turn(first)
                    try await turn(second)
                    let nodes = try await cluster.listNodes(of: 1).nodes
                    isBack = nodes.allSatisfy { $0.state == .voting && $0.epoch > before.epoch }
                }
                let after = try await cluster.listNodes(of: 0)
                #expect(after.nodes[0].marker != before.nodes[0].marker)
                try await turn(first)
            }
        }
    }

    @Test("a node that may evict does not vote, and its reason says what to set")
    func evicting() async throws {
        try await withCluster { cluster in
            try cluster.nodes[2].ask("CONFIG", "SET", "maxmemory-policy", "volatile-ttl")
            let node = try await cluster.node(2) { $0.state == .unfit }
            #expect(node.reason.contains("noeviction"), "\(node.reason)")
            try await cluster.callers { first, _ in
                let held = try await first.take("a")
                #expect(held.strength == 2)
                try await first.release("a", held.grant)
            }
            for server in cluster.servers { #expect(server.isReady) }
            try cluster.nodes[2].ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
        }
    }

    @Test("locks outlive a restart of all nodes that write through")
    func restartOfAll() async throws {
        try await withCluster { cluster in
            try await cluster.callers { first, second in
                let held = try await first.take("a", ttl: 60_000)
                for node in cluster.nodes { node.kill() }
                for node in cluster.nodes { try await node.start() }
                try await cluster.healthy()
                guard case .notHeld = try await second.acquire("a") else {
                    Issue.record("granted twice")
                    return
                }
                #expect(try await second.renew("a", held.grant).fence == held.fence)
                #expect(try await second.release("a", held.grant))
            }
        }
    }

    /// Answers are matched by their order: behind one too many, each would be taken for another's.
    @Test("an answer too many ends the connection, before the others are read as what they are not")
    func shifted() async throws {
        try await withCluster({ $0.hasNodeProxies = true }) { cluster in
            let proxy = cluster.nodeProxies[0][1]
            let server = cluster.servers[0]
            // Where an answer was on its way already, the one too many answers nothing.
            var tries = 0
            while !server.log.contains("a reply of the wrong kind"), tries < 10 {
                tries += 1
                try proxy.tell(#"{"do": "set", "direction": "down", "stall": true}"#)
                try proxy.tell(#"{"do": "inject", "direction": "down", "hex": "24310d0a780d0a"}"#)
                try await eventually("the node owes an answer") {
                    try await cluster.listNodes(of: 0).nodes[1].commandsOpen > 0
                }
                try proxy.heal()
                try await eventually("the connection was ended") {
                    server.log.split(separator: "\n").count { $0.contains("a reply ") } >= tries
                }
                try await cluster.healthy()
            }
            #expect(tries < 10)
            try await cluster.callers { first, _ in
                let held = try await first.take("a")
                try await first.release("a", held.grant)
            }
        }
    }

    @Test("keys outlive a node that forgets and another that is gone")
    func keysOfForgetful() async throws {
        try await withCluster({ $0.persistence = .none }) { cluster in
            try await cluster.client(of: 0) { first in
                for number in 0..<200 {
                    _ = try await first.keys.putKey(
                        PutKeyRequest(key: "k/\(number)", value: [UInt8(number)]))
                }
                try await cluster.inflict(.killNode, node: 0, server: 0, for: .zero)
                try await cluster.healthy()
                // It is a voter at once, and has a say about keys when it was told what others have.
                try await eventually("node 0 has all keys") {
                    try cluster.nodes[0].ask("ZCARD", "hf1:rz").string.contains("200")
                        && !cluster.nodes[0].ask("GET", "hf1:rf").string.contains("l")
                }
                cluster.nodes[1].kill()
                try await cluster.client(of: 1) { second in
                    for number in 0..<200 {
                        let entry = try await second.keys.getKey(
                            GetKeyRequest(key: "k/\(number)")
                        ).entry
                        #expect(entry?.value == [UInt8(number)])
                    }
                }
                try await cluster.nodes[1].start()
                try await cluster.healthy()
            }
        }
    }
}

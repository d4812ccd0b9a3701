package import HoldfastBase
import HoldfastSystem

extension ChaosCluster {
    /// Does a fault to one node or server, waits, and takes it back. What the fault may make a node
    /// forget is noted.
    package func inflict(
        _ fault: FaultKind, node: Int, server: Int, for length: Interval
    ) async throws {
        switch fault {
        case .killServer, .pauseServer, .drainServer:
            try await harm(servers[server], fault, length)
        case .cutNode, .cutNodeAnswers, .stallNode, .slowNode, .truncateNode:
            try await harm(nodeProxies[server][node], fault, length)
        case .cutServer, .cutServerAnswers, .stallServer, .truncateServer, .corruptServer:
            try await harm(serverProxies[server], fault, length)
        case .killNode, .killNodeEmpty, .fillDisk, .pauseNode, .pauseNodeLong:
            try await stop(nodes[node], fault, length)
        case .flushNode, .clockAhead, .clockBack, .replicateNode:
            try await forgetting(node) { try await confuse(nodes[node], fault, length) }
        case .flushScripts, .fillMemory, .evictingNode, .pauseClients, .limitClients:
            try await annoy(nodes[node], fault, length)
        }
    }

    private func rest(_ length: Interval) async throws {
        try await Task.sleep(for: length.duration)
    }

    /// What ends the process of a node, or holds it.
    private func stop(
        _ node: RedisProcess, _ fault: FaultKind, _ length: Interval
    ) async throws {
        switch fault {
        case .killNode:
            let from = Clocks.now()
            node.kill()
            try await rest(length)
            try await node.start()
            if node.persistence != .always {
                journal.forgot(node.number, from: from, until: Clocks.now())
            }
        case .killNodeEmpty:
            try await forgetting(node.number) {
                node.kill()
                try node.removeData()
                try await rest(length)
                try await node.start()
            }
        case .fillDisk:
            try node.setDiskFull(true)
            // One that writes through ends; another refuses writes.
            if node.persistence == .always { try await node.ended() }
            try await rest(length)
            try node.setDiskFull(false)
            if !node.isRunning { try await node.start() }
        default:
            node.pause()
            let budget = shape.nodeBudget + shape.nodeBudget
            try await rest(
                length + (fault == .pauseNode ? budget : shape.longestTTL + budget))
            node.resume()
        }
    }

    /// What makes a node forget while it runs.
    private func confuse(
        _ node: RedisProcess, _ fault: FaultKind, _ length: Interval
    ) async throws {
        switch fault {
        case .flushNode: try node.ask("FLUSHALL")
        case .replicateNode:
            // It takes over what the other node has, and forgets what it said itself.
            let other = nodes[(node.number + 1) % nodes.count]
            try node.ask("REPLICAOF", "127.0.0.1", "\(other.port)")
            try? await eventually("it is a copy", within: .seconds(3)) {
                try node.ask("INFO", "replication").string.contains("master_link_status:up")
            }
            try await rest(length)
            try node.ask("REPLICAOF", "NO", "ONE")
        default:
            noteSetBack(node.number)
            try node.setClock(seconds: fault == .clockAhead ? 7200 : -7200)
            try await rest(length)
            try node.setClock(seconds: 0)
        }
    }

    /// What a node lives on with.
    private func annoy(
        _ node: RedisProcess, _ fault: FaultKind, _ length: Interval
    ) async throws {
        let end = Clocks.now() + length
        switch fault {
        case .flushScripts:
            while Clocks.now() < end {
                for node in nodes where node.isRunning { _ = try? node.ask("SCRIPT", "FLUSH") }
                try await Task.sleep(for: .milliseconds(5))
            }
        case .fillMemory:
            try node.ask("CONFIG", "SET", "maxmemory", "1")
            try await rest(length)
            try node.ask("CONFIG", "SET", "maxmemory", "0")
        case .evictingNode:
            // Noticed when the facts are read again; with memory to spare nothing is evicted.
            try node.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
            try await rest(length)
            try node.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
        case .pauseClients:
            try node.ask("CLIENT", "PAUSE", "\(length.millisecondsRoundedUp)", "ALL")
            try await rest(length)
        default:
            // The one connection that stays is ours.
            let talk = try RedisTalk(port: node.port)
            try talk.ask("CONFIG", "SET", "maxclients", "1")
            try talk.ask("CLIENT", "KILL", "TYPE", "normal")
            try await rest(length)
            try talk.ask("CONFIG", "SET", "maxclients", "10000")
        }
    }

    private func harm(
        _ server: ServerProcess, _ fault: FaultKind, _ length: Interval
    ) async throws {
        try server.mustRun()
        switch fault {
        case .killServer:
            server.kill()
            try await rest(length)
            try server.start()
        case .drainServer:
            server.send(15)
            let exit = try await server.ended()
            guard exit == .code(0) else {
                throw ChaosFailure("server \(server.number) drained to \(exit)")
            }
            try await rest(length)
            try server.start()
        default:
            server.pause()
            try await rest(length + shape.longestTTL)
            server.resume()
        }
    }

    private func harm(
        _ proxy: ProxyProcess, _ fault: FaultKind, _ length: Interval
    ) async throws {
        let end = Clocks.now() + length
        switch fault {
        case .cutNode, .cutServer:
            while Clocks.now() < end {
                try proxy.tell(#"{"do": "reset"}"#)
                try await Task.sleep(for: .milliseconds(150))
            }
        case .truncateNode, .truncateServer:
            var size = 1
            while Clocks.now() < end {
                let direction = size % 2 == 0 ? "up" : "down"
                let how = size % 3 == 0 ? "reset" : "close"
                try proxy.tell(
                    #"{"do": "set", "direction": "\#(direction)", "truncate": \#(size), "#
                        + #""then": "\#(how)"}"#)
                try await Task.sleep(for: .milliseconds(60))
                try proxy.heal()
                try await Task.sleep(for: .milliseconds(60))
                size = size * 3 + 1
                if size > 8000 { size = 2 }
            }
        case .corruptServer:
            try proxy.tell(#"{"do": "set", "corrupt": 0.05}"#)
            try await rest(length)
        case .slowNode:
            try proxy.tell(#"{"do": "set", "latency": 0.04, "jitter": 0.04, "slice": 7}"#)
            try await rest(length)
        case .cutNodeAnswers, .cutServerAnswers:
            try proxy.tell(#"{"do": "set", "direction": "down", "cut": true}"#)
            try await rest(length)
        default:
            try proxy.tell(#"{"do": "set", "direction": "down", "stall": true}"#)
            try await rest(length + shape.longestTTL)
        }
        try proxy.heal()
    }
}

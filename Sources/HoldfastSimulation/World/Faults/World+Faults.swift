import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// How each fault is done to a world, and undone.
///
/// At most a minority of the nodes may have forgotten at a time: more is promised nothing, so a fault
/// that would go beyond is left out.
extension World {
    func apply(_ fault: Fault) {
        coverage.note(.faults)
        hash.mix(fault.first)
        let isApplied: Bool
        switch fault.trait {
        case .nodeCrash, .nodePause, .wipe, .rollback, .nodeClock, .outOfMemory, .readOnly, .busy,
            .noScript, .unfit:
            isApplied = applyToNode(fault, fault.pick(nodes.count))
        case .cut, .stall, .reset, .callerCut: isApplied = applyToNetwork(fault)
        case .serverCrash, .serverPause, .crashAtGrant, .serverClock:
            isApplied = applyToServer(fault, fault.pick(servers.count))
        case .clientPause, .vanish: isApplied = applyToClient(fault)
        default: isApplied = false
        }
        guard isApplied else { return }
        trace("fault", "\(fault.trait.rawValue) for \(fault.length.millisecondsRoundedUp) ms")
        queue.add(.faultOver(fault), at: now + fault.length)
    }

    // MARK: Nodes

    /// How many nodes have lost data and were not made members again since.
    private var forgetfulNodes: Int {
        nodes.indices.count { index in
            guard nodes[index].hasForgotten else { return false }
            let host = nodes[index]
            guard host.isUp, host.unfitBecause == nil else { return true }
            let gate = host.node.gate(microseconds: host.clock.wallMicroseconds(now))
            guard gate?.identity.marker == host.marker else { return true }
            // Of keys it knows nothing before it was told.
            guard !hasStore || !host.node.isLearning else { return true }
            nodes[index].hasForgotten = false
            return false
        }
    }

    private func mayForget(_ node: Int) -> Bool {
        if scenario.nodes == 1, scenario.traits.contains(.soleForgets) { return true }
        // Counting settles who is a member again.
        let others = forgetfulNodes - (nodes[node].hasForgotten ? 1 : 0)
        return others < (scenario.nodes - 1) / 2
    }

    private func applyToNode(_ fault: Fault, _ node: Int) -> Bool {
        guard nodes[node].isUp else { return false }
        switch fault.trait {
        case .nodeCrash:
            let memory: NodeMemory =
                nodes[node].isDurable || fault.second % 3 == 0 ? .kept : .lost
            guard nodes[node].isDurable || mayForget(node) else { return false }
            crash(node, memory)
        case .rollback:
            guard !nodes[node].isDurable, mayForget(node) else { return false }
            nodes[node].node.keepSnapshot()
        case .wipe:
            guard mayForget(node) else { return false }
            forget(node)
            nodes[node].node.wipe()
        case .unfit:
            guard mayForget(node) else { return false }
            nodes[node].unfitBecause = "evicts"
            forget(node)
            nodes[node].node.setEvicting(true)
            for server in servers.indices {
                breakConnection(server, node, lateBy: nil, noticed: .milliseconds(1))
            }
        case .nodePause: pause(node, fault)
        case .nodeClock: step(node, by: clockStep(fault))
        case .outOfMemory: nodes[node].node.condition.isOutOfMemory = true
        case .readOnly: nodes[node].node.condition.isReadOnly = true
        case .busy: nodes[node].node.condition.isBusy = true
        case .noScript: nodes[node].node.flushScripts()
        default: return false
        }
        trace("node \(node)", "suffers \(fault.trait.rawValue)")
        return true
    }

    private func forget(_ node: Int) {
        coverage.note(.forgets)
        nodes[node].hasForgotten = true
        var absence = NodeForget(node: node, at: now)
        absence.grants = nodes[node].memory?.grants(
            of: lockNames, microseconds: nodes[node].clock.wallMicroseconds(now))
        history.absences.append(absence)
        // Nothing but fences is promised of what a single node held.
        if scenario.nodes == 1 { history.forgets.append(NodeForget(node: node, at: now)) }
    }

    /// All locks that anybody may take.
    private var lockNames: [String] {
        (0..<scenario.keys).map { scenario.key($0) } + ["election/0"]
    }

    private func crash(_ node: Int, _ memory: NodeMemory) {
        nodes[node].isUp = false
        nodes[node].kept = memory
        // One that does not write through is taken for forgetful whatever it kept.
        if memory != .kept || !nodes[node].isDurable { forget(node) }
        for server in servers.indices {
            breakConnection(server, node, lateBy: nil, noticed: .milliseconds(chance(0...20)))
        }
    }

    private func restart(_ node: Int) {
        guard !nodes[node].isUp else { return }
        coverage.note(.restarts)
        nodes[node].isUp = true
        nodes[node].life += 0x100
        nodes[node].loadingUntil = now + .milliseconds(chance(0...200))
        nodes[node].node.restart(nodes[node].kept, life: nodes[node].life)
        trace("node \(node)", "starts as \(nodes[node].life), data \(nodes[node].kept)")
    }

    private func pause(_ node: Int, _ fault: Fault) {
        pause(.node(node), until: now + fault.length)
        guard fault.length > .seconds(2) else { return }
        // Servers give the connection up; what lies in the node's buffers is done when it wakes.
        for server in servers.indices {
            let action = NodeTimeout(server: server, node: node)
            timeOut(action, after: .milliseconds(1500))
        }
    }

    /// The connection is given up if it is still the same then.
    private func timeOut(_ link: NodeTimeout, after interval: Interval) {
        guard let connection = servers[link.server].links[link.node].connection else { return }
        queue.add(.connectionTimedOut(connection), at: now + interval)
    }

    func connectionTimedOut(_ number: Int) {
        let connection = connections[number]
        guard isAlive(connection.server, connection.life), !connection.isBroken else { return }
        // The shipped session finds out for itself.
        guard servers[connection.server].links[connection.node].way == nil else { return }
        breakConnection(connection.server, connection.node, lateBy: .zero, noticed: .zero)
    }

    private func clockStep(_ fault: Fault) -> Int64 {
        let ttl = Int64(clamping: scenario.longestTTL) * 1000
        let size = Int64(fault.second % UInt64(max(1, ttl * 2))) + ttl / 4
        return fault.second / 7 % 3 == 0 ? -size : size
    }

    private func step(_ node: Int, by microseconds: Int64) {
        nodes[node].clock.wallOffsetMicroseconds += microseconds
        guard microseconds > 0 else { return }
        coverage.note(.forgets)
        // All leases there are over early, also those that a session was given before and its grants
        // of later share.
        let ttl = Interval.milliseconds(Int64(clamping: scenario.longestTTL))
        history.forgets.append(NodeForget(node: node, from: now, until: now + ttl))
    }

    // MARK: Network, servers, clients

    private func applyToNetwork(_ fault: Fault) -> Bool {
        let server = fault.pick(servers.count)
        let node = Int(fault.second % UInt64(nodes.count))
        let until = now + fault.length
        switch fault.trait {
        case .cut:
            // One pair, all of one node, or all of one server.
            let dice = fault.second / 16 % 4
            for oneServer in servers.indices where dice == 1 || oneServer == server {
                for oneNode in nodes.indices where dice == 2 || oneNode == node {
                    cut(oneServer, oneNode, until)
                }
            }
        case .stall:
            if fault.second / 16 % 2 == 0 {
                servers[server].links[node].stalledToNode = until
            } else {
                servers[server].links[node].stalledToServer = until
            }
            if fault.length > .seconds(2) {
                timeOut(NodeTimeout(server: server, node: node), after: .seconds(2))
            }
        case .reset:
            breakConnection(
                server, node, lateBy: lateness(), noticed: .milliseconds(chance(0...50)))
        case .callerCut:
            breakCaller(Int(fault.second % UInt64(scenario.clients)), server, until: until)
        default: return false
        }
        return true
    }

    private func cut(_ server: Int, _ node: NodeIndex, _ until: Instant) {
        servers[server].links[node].cutUntil = max(servers[server].links[node].cutUntil, until)
        let noticed = Interval.milliseconds(chance(100...2000))
        guard now + noticed < until else { return }
        timeOut(NodeTimeout(server: server, node: node), after: noticed)
    }

    private func applyToServer(_ fault: Fault, _ server: Int) -> Bool {
        guard servers[server].isUp else { return false }
        switch fault.trait {
        case .serverCrash: crashServer(server, restartAfter: fault.length)
        case .serverPause:
            pause(.server(server), until: now + fault.length)
        case .crashAtGrant: servers[server].diesAtGrant = true
        case .serverClock:
            let sizes: [Int64] = [200_000, 700_000, 20_000_000, 3_600_000_000]
            let size = sizes[Int(fault.second % 4)]
            servers[server].clock.wallOffsetMicroseconds += fault.second / 8 % 2 == 0 ? size : -size
        default: return false
        }
        trace("server \(server)", "suffers \(fault.trait.rawValue)")
        return true
    }

    private func applyToClient(_ fault: Fault) -> Bool {
        let index = fault.pick(scenario.clients)
        guard !clients[index].isGone else { return false }
        trace("client \(index)", "suffers \(fault.trait.rawValue)")
        if fault.trait == .clientPause {
            pause(.client(index), until: now + fault.length)
        } else {
            clients[index].isGone = true
            for server in servers.indices { breakCaller(index, server) }
        }
        return true
    }

    // MARK: The end of a fault

    func finish(_ fault: Fault) {
        let node = fault.pick(nodes.count)
        switch fault.trait {
        case .nodeCrash: restart(node)
        case .rollback:
            guard nodes[node].isUp, mayForget(node) else { return }
            crash(node, .rolledBack)
            restart(node)
        case .unfit:
            // Put right already, with another fault of this kind that began before: the node may be a
            // member again, and must not lose data with the others.
            guard nodes[node].unfitBecause != nil else { return }
            nodes[node].unfitBecause = nil
            nodes[node].node.setEvicting(false)
            guard nodes[node].isUp else {
                // It is put right by being emptied, also where it is down.
                nodes[node].kept = .lost
                return
            }
            crash(node, .lost)
            restart(node)
        case .nodeClock: step(node, by: -clockStep(fault))
        case .outOfMemory: nodes[node].node.condition.isOutOfMemory = false
        case .readOnly: nodes[node].node.condition.isReadOnly = false
        case .busy: nodes[node].node.condition.isBusy = false
        case .serverClock:
            let sizes: [Int64] = [200_000, 700_000, 20_000_000, 3_600_000_000]
            let size = sizes[Int(fault.second % 4)]
            servers[fault.pick(servers.count)].clock.wallOffsetMicroseconds -=
                fault.second / 8 % 2 == 0 ? size : -size
        default: break
        }
    }

    /// All is well from now on; each fault has undone itself by its end.
    func heal() {
        for server in servers.indices { servers[server].diesAtGrant = false }
        for node in nodes.indices where !nodes[node].isUp { restart(node) }
    }
}

private struct NodeTimeout {
    let server: Int
    let node: NodeIndex
}

import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// What the shell of a server does for its brain.
extension World {
    func startServer(_ server: Int) {
        guard !servers[server].isUp else { return }
        servers[server].isUp = true
        servers[server].timerAt = .never
        trace("server \(server)", "starts as \(servers[server].life)")
        servers[server].brain.started(at: servers[server].moment(now))
        for node in nodes.indices {
            servers[server].links[node].way = way(server, node)
            queue.add(
                .connect(server: server, life: servers[server].life, node: node),
                at: now + .milliseconds(chance(0...5)))
        }
        flush(server)
    }

    /// The shipped session, where the node is one that talks as Redis does.
    private func way(_ server: Int, _ node: NodeIndex) -> RedisWay? {
        guard nodes[node].redis != nil else { return nil }
        let budget = ClusterConfiguration(cluster: 7, nodes: scenario.nodes).nodeBudget
        return RedisWay(
            budget: budget, seed: scenario.seed ^ servers[server].life &* 64 &+ UInt64(node))
    }

    func crashServer(_ server: Int, restartAfter delay: Interval) {
        guard servers[server].isUp else { return }
        trace("server \(server)", "dies")
        coverage.note(.restarts)
        for node in nodes.indices {
            let lateBy = lateness()
            breakConnection(server, node, lateBy: lateBy, noticed: .zero)
            servers[server].links[node].connection = nil
            servers[server].links[node].way = nil
            _ = servers[server].links[node].takePending()
        }
        servers[server].isUp = false
        servers[server].diesAtGrant = false
        servers[server].life += 1
        servers[server].brain = brain(server, servers[server].life)
        for client in clients.indices { breakCaller(client, server, serverNotices: false) }
        queue.add(.serverStart(server: server), at: now + delay)
    }

    /// Whether what was on its way arrives after all, and how much later.
    func lateness() -> Interval? {
        let dice = chance(0...9)
        let length = chance(0...1999)
        guard scenario.traits.contains(.late) else { return dice < 5 ? .zero : nil }
        return dice < 3 ? nil : .milliseconds(dice < 6 ? length / 20 : length)
    }

    func serverTimer(_ server: Int, _ life: ServerID) {
        guard isAlive(server, life), servers[server].timerAt <= now else { return }
        if defers(.server(server), .serverTimer(server: server, life: life)) { return }
        servers[server].timerAt = .never
        servers[server].brain.timePassed(at: servers[server].moment(now))
        flush(server)
    }

    /// Carries out what the brain wants, in its order.
    func flush(_ server: Int) {
        servers[server].brain.takeActions(into: &actions)
        let life = servers[server].life
        var list: [BrainAction] = []
        swap(&list, &actions)
        for action in list {
            switch action {
            case .send(let node, let tag, let gate, let command):
                send(server, node, tag, gate, command)
            case .respond(let call, let outcome):
                if diesInsteadOfAnswering(server, outcome) { return }
                respond(server, call, outcome)
            case .emit(let call, let event): emit(server, call, event)
            // Only watchers of keys want to know, and there are none.
            case .tellWhenSent: break
            case .inspect(let node):
                if let way = servers[server].links[node].way {
                    way.inspect(servers[server].clock.local(now))
                    continue
                }
                guard let connection = servers[server].links[node].connection else { continue }
                queue.add(
                    .connected(connection: connection, nodes[node].readiness),
                    at: now + latency() + latency())
            case .report(let node, let change):
                trace("server \(server)", "node \(node): \(change)")
            }
        }
        list.removeAll(keepingCapacity: true)
        swap(&list, &actions)
        tendWays(server)
        schedule(server, life)
    }

    private func schedule(_ server: Int, _ life: ServerID) {
        let due = servers[server].brain.nextDue
        guard due != .never else { return }
        let at = max(now, servers[server].clock.instant(ofLocal: due))
        guard at < servers[server].timerAt else { return }
        servers[server].timerAt = at
        queue.add(.serverTimer(server: server, life: life), at: at)
    }

    private func diesInsteadOfAnswering(_ server: Int, _ outcome: Outcome) -> Bool {
        guard servers[server].diesAtGrant, case .granted = outcome else { return false }
        crashServer(server, restartAfter: .milliseconds(chance(50...2000)))
        return true
    }

    private func emit(_ server: Int, _ call: CallID, _ event: StreamEvent) {
        guard let known = calls[call] else { return }
        if let wire = known.wire {
            wires[wire].emit(call, event)
            pumpFar(wire)
            return
        }
        let link = callerLinks[known.client][server]
        guard link.generation == known.generation else { return }
        let arrival = max(
            now + latency(), link.lastAtClient + Interval(nanoseconds: 1), link.brokenUntil)
        callerLinks[known.client][server].lastAtClient = arrival
        queue.add(.streamed(call, event), at: arrival)
    }

    private func respond(_ server: Int, _ call: CallID, _ outcome: Outcome) {
        guard let known = calls[call] else { return }
        calls[call]?.isAnswered = true
        if let wire = known.wire {
            wires[wire].respond(call, outcome, servers[server].clock.local(now))
            pumpFar(wire)
            return
        }
        let link = callerLinks[known.client][server]
        guard link.generation == known.generation else { return }
        let arrival = max(
            now + latency(), link.lastAtClient + Interval(nanoseconds: 1), link.brokenUntil)
        callerLinks[known.client][server].lastAtClient = arrival
        queue.add(.response(call, outcome), at: arrival)
    }
}

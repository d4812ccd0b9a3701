import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// Connections of servers to nodes: in order each, lost only as a whole, and what was on its way when
/// one broke may still arrive, after the first commands of the next.
extension World {
    /// One way.
    func latency() -> Interval {
        let usual = scenario.latencyMicroseconds
        var nanoseconds = usual * 500 + chance(0...(usual * 1000))
        // The tail: now and then a message takes much longer.
        if chance(0...99) == 0 { nanoseconds += chance(0...(usual * 20_000)) }
        return Interval(nanoseconds: nanoseconds)
    }

    // MARK: Commands

    func send(
        _ server: Int, _ node: NodeIndex, _ tag: UInt64, _ gate: GateIdentity,
        _ command: NodeCommand
    ) {
        if let way = servers[server].links[node].way {
            submit(command, tag, gate, server, node, way)
            return
        }
        guard let connection = servers[server].links[node].connection,
            servers[server].links[node].isReady
        else {
            queue.add(
                .notSent(
                    server: server, life: servers[server].life, node: node, tag: tag, .notSent),
                at: now)
            return
        }
        let arrival = arrivalAtNode(server, node)
        servers[server].links[node].pending.append(tag)
        queue.add(
            .command(
                CommandDelivery(connection: connection, tag: tag, gate: gate, command: command)),
            at: arrival)
        breakByChance(server, node)
    }

    /// Where connections are flaky, one breaks now and then with what was just sent.
    func breakByChance(_ server: Int, _ node: NodeIndex) {
        guard scenario.traits.contains(.flaky), phase == .chaos, chance(0...119) == 0 else {
            return
        }
        coverage.note(.faults)
        breakConnection(
            server, node, lateBy: lateness(), noticed: .milliseconds(chance(0...50)))
    }

    /// Hands a command to the session of a way; its bytes leave when all is handed over.
    private func submit(
        _ command: NodeCommand, _ tag: UInt64, _ gate: GateIdentity, _ server: Int,
        _ node: NodeIndex, _ way: RedisWay
    ) {
        let local = servers[server].clock.local(now)
        if let failure = way.submit(command, tag: tag, gate: gate, now: local) {
            queue.add(
                .notSent(
                    server: server, life: servers[server].life, node: node, tag: tag, failure),
                at: now)
        } else if log != nil {
            commandTexts[way.lastCall.dropFirst(2).map { RedisBytes($0) }] =
                TraceText.command(command)
        }
    }

    func arrivalAtNode(_ server: Int, _ node: NodeIndex) -> Instant {
        let link = servers[server].links[node]
        let earliest = max(now + latency(), link.stalledToNode, link.cutUntil)
        let arrival = max(earliest, link.lastAtNode + Interval(nanoseconds: 1))
        servers[server].links[node].lastAtNode = arrival
        return arrival
    }

    func commandNotSent(
        _ server: Int, _ life: ServerID, _ node: NodeIndex, _ tag: UInt64, _ failure: NodeFailure
    ) {
        guard isAlive(server, life) else { return }
        let event = WorldEvent.notSent(server: server, life: life, node: node, tag: tag, failure)
        if defers(.server(server), event) { return }
        servers[server].brain.replied(
            node, tag: tag, .failed(failure), at: servers[server].moment(now))
        flush(server)
    }

    func commandArrived(_ delivery: CommandDelivery) {
        let connection = connections[delivery.connection]
        let node = connection.node
        if defers(.node(node), .command(delivery)) { return }
        if connection.isBroken, !delivery.isLate {
            guard let lateBy = connection.lateBy else { return }
            var late = delivery
            late.isLate = true
            queue.add(.command(late), at: now + lateBy)
            return
        }
        guard nodes[node].isUp, nodes[node].loadingUntil <= now, let memory = nodes[node].memory
        else { return }
        execute(delivery, connection, node, memory)
    }

    private func execute(
        _ delivery: CommandDelivery, _ connection: NodeConnection, _ node: NodeIndex,
        _ memory: MemorySimulatedNode
    ) {
        let reply = memory.execute(
            delivery.command, gate: delivery.gate,
            microseconds: nodes[node].clock.wallMicroseconds(now))
        note(delivery, reply)
        hash.mix(UInt64(node))
        hash.mix(delivery.tag)
        hash.mix(TraceText.number(reply))
        trace("node \(node)") {
            "s\(connection.server) " + (delivery.isLate ? "LATE " : "")
                + TraceText.command(delivery.command) + " → " + TraceText.reply(reply)
        }
        for wake in memory.takeWakes() { send(wake, from: node) }
        guard !connections[delivery.connection].isBroken else { return }
        let arrival = arrivalAtServer(connection.server, node)
        queue.add(
            .reply(connection: delivery.connection, tag: delivery.tag, reply), at: arrival)
    }

    func arrivalAtServer(_ server: Int, _ node: NodeIndex) -> Instant {
        let link = servers[server].links[node]
        let earliest = max(now + latency(), link.stalledToServer, link.cutUntil)
        let arrival = max(earliest, link.lastAtServer + Interval(nanoseconds: 1))
        servers[server].links[node].lastAtServer = arrival
        return arrival
    }

    func replyArrived(_ number: Int, _ tag: UInt64, _ reply: NodeReply) {
        let connection = connections[number]
        let server = connection.server
        guard !connection.isBroken, isAlive(server, connection.life) else { return }
        if defers(.server(server), .reply(connection: number, tag: tag, reply)) { return }
        let expected = servers[server].links[connection.node].popPending()
        if expected != tag { complain(.liveness, "server \(server)", "answers out of order") }
        hash.mix(tag)
        servers[server].brain.replied(
            connection.node, tag: tag, reply, at: servers[server].moment(now))
        flush(server)
    }

    // MARK: Hints

    func send(_ wake: Wake, from node: NodeIndex) {
        guard let server = servers.firstIndex(where: { $0.life == wake.server && $0.isUp }) else {
            return
        }
        guard let connection = servers[server].links[node].connection,
            !connections[connection].isBroken
        else { return }
        if scenario.traits.contains(.lostHints), chance(0...9) < 6 { return }
        let link = servers[server].links[node]
        let arrival = max(now + latency(), link.stalledToServer, link.cutUntil)
        queue.add(
            .wake(server: server, life: wake.server, node: node, name: wake.name), at: arrival)
    }

    func wakeArrived(_ server: Int, _ life: ServerID, _ node: NodeIndex, _ name: String) {
        guard isAlive(server, life) else { return }
        if defers(.server(server), .wake(server: server, life: life, node: node, name: name)) {
            return
        }
        coverage.note(.wakes)
        servers[server].brain.woken(node, name, at: servers[server].moment(now))
        flush(server)
    }

    // MARK: Connections

    func connect(_ server: Int, _ life: ServerID, _ node: NodeIndex) {
        guard isAlive(server, life), servers[server].links[node].connection == nil else { return }
        if let way = servers[server].links[node].way {
            if defers(.server(server), .connect(server: server, life: life, node: node)) { return }
            way.start(servers[server].clock.local(now))
            pump(server, node)
            return
        }
        let link = servers[server].links[node]
        let host = nodes[node]
        let isReachable =
            host.isUp && host.loadingUntil <= now && host.sleep.until <= now && link.cutUntil <= now
            && servers[server].sleep.until <= now && link.stalledToNode <= now
            && link.stalledToServer <= now
        guard isReachable else {
            queue.add(
                .connect(server: server, life: life, node: node),
                at: now + .milliseconds(chance(50...300)))
            return
        }
        connections.append(
            NodeConnection(server: server, life: life, node: node, nodeLife: host.life))
        let number = connections.count - 1
        servers[server].links[node].connection = number
        servers[server].links[node].isReady = false
        servers[server].links[node].lastAtNode = now
        servers[server].links[node].lastAtServer = now
        // Greeting and facts; nothing of ours is sent before.
        let handshake = Interval(nanoseconds: latency().nanoseconds * 4)
        queue.add(.connected(connection: number, host.readiness), at: now + handshake)
    }

    func connected(_ number: Int, _ readiness: NodeReadiness) {
        let connection = connections[number]
        let server = connection.server
        guard isAlive(server, connection.life), !connection.isBroken else { return }
        if defers(.server(server), .connected(connection: number, readiness)) { return }
        servers[server].links[connection.node].isReady = true
        servers[server].brain.connected(
            connection.node, readiness, at: servers[server].moment(now))
        flush(server)
    }

    /// Breaks a connection; what is on its way is lost, or arrives so much later.
    func breakConnection(_ server: Int, _ node: NodeIndex, lateBy: Interval?, noticed: Interval) {
        guard let number = servers[server].links[node].connection, !connections[number].isBroken
        else { return }
        connections[number].isBroken = true
        connections[number].lateBy = lateBy
        nodes[node].node.disconnected(number)
        hash.mix(UInt64(number))
        queue.add(.connectionLost(connection: number), at: now + noticed)
    }

    func connectionLost(_ number: Int) {
        let connection = connections[number]
        let server = connection.server
        guard isAlive(server, connection.life) else { return }
        if defers(.server(server), .connectionLost(connection: number)) { return }
        let node = connection.node
        guard servers[server].links[node].connection == number else { return }
        if let way = servers[server].links[node].way {
            transportLost(server, node, way)
            return
        }
        trace("server \(server)", "lost its connection to node \(node)")
        servers[server].links[node].connection = nil
        let moment = servers[server].moment(now)
        for tag in servers[server].links[node].takePending() {
            servers[server].brain.replied(node, tag: tag, .failed(.unknownOutcome), at: moment)
        }
        servers[server].brain.disconnected(node, "connection lost", at: moment)
        flush(server)
        queue.add(
            .connect(server: server, life: connection.life, node: node),
            at: now + .milliseconds(chance(20...200)))
    }

    // MARK: Helpers

    func isAlive(_ server: Int, _ life: ServerID) -> Bool {
        servers[server].isUp && servers[server].life == life
    }

    func trace(_ who: @autoclosure () -> String, _ what: () -> String) {
        guard log != nil else { return }
        log?.append(TraceLine(at: now, who: who(), what: what()))
    }

    private func note(_ delivery: CommandDelivery, _ reply: NodeReply) {
        coverage.note(.commands)
        if delivery.isLate { coverage.note(.lateCommands) }
        switch (delivery.command, reply) {
        case (.raise, _): coverage.note(.raises)
        case (.release(let step), _) where step.next != nil: coverage.note(.handOffs)
        case (.admit, .accepted): coverage.note(.readmissions)
        case (.register(_, .prepare), _): coverage.note(.prepares)
        case (.register(_, .accept), .register(.accepted)): coverage.note(.accepts)
        case (.register, .register(.conflict)): coverage.note(.ballotsLost)
        case (.endLearning, .done(true)): coverage.note(.lessons)
        case (.seed, .seeded): coverage.note(.seeds)
        case (.acquire, .acquire(.held)): coverage.note(.refusals)
        default: break
        }
    }
}

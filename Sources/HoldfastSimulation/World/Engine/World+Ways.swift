import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import HoldfastRedis

/// Ways of servers to Redis nodes: bytes in order, in pieces of any size, with the shipped session at
/// one end and the model of Redis at the other. When a connection breaks, what was on its way is
/// lost, or arrives later up to any byte.
extension World {
    // MARK: The server's end

    /// Does what the session of each way wants: the transport, bytes, and to be woken.
    func tendWays(_ server: Int) {
        for node in nodes.indices {
            guard let way = servers[server].links[node].way else { continue }
            while let demand = way.takeDemand() { obey(demand, server, node) }
            let bytes = way.takeOutput()
            if !bytes.isEmpty { sendBytes(bytes, server, node) }
            scheduleWay(way, server, node)
        }
    }

    private func scheduleWay(_ way: RedisWay, _ server: Int, _ node: NodeIndex) {
        let wake = way.wake
        guard wake != .never else { return }
        let at = max(now, servers[server].clock.instant(ofLocal: wake))
        guard at < way.timerAt else { return }
        way.timerAt = at
        queue.add(.wayTimer(server: server, life: servers[server].life, node: node), at: at)
    }

    func wayTimer(_ server: Int, _ life: ServerID, _ node: NodeIndex) {
        guard isAlive(server, life), let way = servers[server].links[node].way,
            way.timerAt <= now
        else { return }
        if defers(.server(server), .wayTimer(server: server, life: life, node: node)) { return }
        way.timerAt = .never
        way.timeReached(local(server))
        pump(server, node)
    }

    private func local(_ server: Int) -> Instant { servers[server].clock.local(now) }

    /// Tells the brain what the session of a way has to tell.
    func pump(_ server: Int, _ node: NodeIndex) {
        guard let way = servers[server].links[node].way else { return }
        let moment = servers[server].moment(now)
        for told in way.takeTold(moment.instant) {
            switch told {
            case .replied(let tag, let reply):
                hash.mix(tag)
                hash.mix(TraceText.number(reply))
                note(reply)
                servers[server].brain.replied(node, tag: tag, reply, at: moment)
            case .connected(let readiness):
                servers[server].brain.connected(node, readiness, at: moment)
            case .disconnected(let why):
                trace("server \(server)", "lost its connection to node \(node): \(why)")
                servers[server].brain.disconnected(node, why, at: moment)
            }
        }
        flush(server)
    }

    private func obey(_ demand: TransportDemand, _ server: Int, _ node: NodeIndex) {
        switch demand {
        case .connect: openTransport(server, node)
        case .close:
            guard let number = servers[server].links[node].connection else { return }
            // What it has sent may be on its way still.
            if !connections[number].isBroken {
                connections[number].isBroken = true
                connections[number].lateBy = lateness()
                nodes[node].node.disconnected(number)
            }
            servers[server].links[node].connection = nil
        }
    }

    /// A node that is up accepts at once; one that is down refuses; a network that is cut says
    /// nothing.
    private func openTransport(_ server: Int, _ node: NodeIndex) {
        let link = servers[server].links[node]
        let isSilent =
            link.cutUntil > now || link.stalledToNode > now || link.stalledToServer > now
            || nodes[node].sleep.until > now
        if isSilent { return }
        let life = servers[server].life
        guard nodes[node].isUp else {
            queue.add(
                .transportRefused(server: server, life: life, node: node), at: now + latency())
            return
        }
        connections.append(
            NodeConnection(server: server, life: life, node: node, nodeLife: nodes[node].life))
        let number = connections.count - 1
        servers[server].links[node].connection = number
        servers[server].links[node].lastAtNode = now
        servers[server].links[node].lastAtServer = now
        queue.add(.transportOpen(connection: number), at: now + latency() + latency())
    }

    func transportRefused(_ server: Int, _ life: ServerID, _ node: NodeIndex) {
        guard isAlive(server, life) else { return }
        let event = WorldEvent.transportRefused(server: server, life: life, node: node)
        if defers(.server(server), event) { return }
        guard let way = servers[server].links[node].way,
            servers[server].links[node].connection == nil
        else { return }
        way.closed(.notConnected("refused"), local(server))
        pump(server, node)
    }

    func transportOpen(_ number: Int) {
        let connection = connections[number]
        let (server, node) = (connection.server, connection.node)
        guard !connection.isBroken, isAlive(server, connection.life) else { return }
        if defers(.server(server), .transportOpen(connection: number)) { return }
        guard let way = servers[server].links[node].way,
            servers[server].links[node].connection == number
        else { return }
        nodes[node].redis?.subscribe(connection.life, connection: number)
        way.connected(local(server))
        pump(server, node)
    }

    /// The transport of a way has ended, and the server hears of it.
    func transportLost(_ server: Int, _ node: NodeIndex, _ way: RedisWay) {
        servers[server].links[node].connection = nil
        way.closed(.broken("connection lost"), local(server))
        pump(server, node)
    }

    // MARK: Bytes

    private func sendBytes(_ bytes: [UInt8], _ server: Int, _ node: NodeIndex) {
        guard let number = servers[server].links[node].connection else { return }
        for piece in pieces(bytes) {
            queue.add(
                .nodeBytes(connection: number, piece, isLate: false),
                at: arrivalAtNode(server, node))
        }
        breakByChance(server, node)
    }

    /// Now and then what was written at once comes in two pieces.
    private func pieces(_ bytes: [UInt8]) -> [[UInt8]] {
        guard bytes.count > 1, chance(0...9) == 0 else { return [bytes] }
        let cut = Int(chance(1...Int64(bytes.count - 1)))
        return [Array(bytes[..<cut]), Array(bytes[cut...])]
    }

    func nodeBytesArrived(_ number: Int, _ bytes: [UInt8], isLate: Bool) {
        let connection = connections[number]
        let node = connection.node
        if defers(.node(node), .nodeBytes(connection: number, bytes, isLate: isLate)) { return }
        guard !connection.isCutOff else { return }
        if connection.isBroken, !isLate {
            guard let lateBy = connection.lateBy else { return }
            queue.add(.nodeBytes(connection: number, bytes, isLate: true), at: now + lateBy)
            return
        }
        guard nodes[node].isUp, nodes[node].life == connection.nodeLife,
            let redis = nodes[node].redis
        else { return }
        var bytes = bytes
        if isLate, chance(0...2) == 0 {
            // The rest of it never came.
            connections[number].isCutOff = true
            bytes.removeLast(Int(chance(0...Int64(bytes.count))))
        }
        redis.receive(bytes, connection: number)
        executeAll(number, redis, isLate: isLate)
    }

    private func executeAll(_ number: Int, _ redis: RedisSimulatedNode, isLate: Bool) {
        let connection = connections[number]
        let node = connection.node
        let micros = nodes[node].clock.wallMicroseconds(now)
        let isLoading = nodes[node].loadingUntil > now
        var answer: [UInt8] = []
        while let done = redis.executeNext(
            connection: number, microseconds: micros, isLoading: isLoading)
        {
            let start = answer.count
            done.value.write(to: &answer)
            if let script = done.script { note(script, done, number, isLate: isLate) }
            hash.mix(UInt64(node))
            for byte in answer[start...].prefix(32) { hash.mix(UInt64(byte)) }
            for wake in redis.takeWakes() { send(wake, from: node) }
        }
        if redis.isBroken(number) { complain(.liveness, "node \(node)", "was sent no commands") }
        guard !answer.isEmpty, !connections[number].isBroken else { return }
        for piece in pieces(answer) {
            queue.add(
                .serverBytes(connection: number, piece),
                at: arrivalAtServer(connection.server, node))
        }
    }

    func serverBytesArrived(_ number: Int, _ bytes: [UInt8]) {
        let connection = connections[number]
        let (server, node) = (connection.server, connection.node)
        guard !connection.isBroken, isAlive(server, connection.life) else { return }
        if defers(.server(server), .serverBytes(connection: number, bytes)) { return }
        guard let way = servers[server].links[node].way,
            servers[server].links[node].connection == number
        else { return }
        way.received(bytes, local(server))
        pump(server, node)
    }

    // MARK: What is seen

    private func note(
        _ script: NodeScript, _ done: RedisSimulatedNode.Executed, _ number: Int, isLate: Bool
    ) {
        coverage.note(.commands)
        if isLate { coverage.note(.lateCommands) }
        if script == .raise { coverage.note(.raises) }
        if script == .admit, case .accepted = script.reply(done.value) {
            coverage.note(.readmissions)
        }
        if case .error(let text) = done.value, text.starts(with: "NOSCRIPT".utf8) {
            coverage.note(.missingScripts)
        }
        guard log != nil else { return }
        let connection = connections[number]
        let words = done.words.dropFirst(2)
        let known = commandTexts[words.map { RedisBytes($0) }] ?? script.name
        trace(
            "node \(connection.node)",
            "s\(connection.server) " + (isLate ? "LATE " : "") + known + " → "
                + TraceText.reply(script.reply(done.value)))
    }

    private func note(_ reply: NodeReply) {
        switch reply {
        case .released(_, next: _?): coverage.note(.handOffs)
        case .acquire(.held): coverage.note(.refusals)
        case .seeded: coverage.note(.seeds)
        default: break
        }
    }
}

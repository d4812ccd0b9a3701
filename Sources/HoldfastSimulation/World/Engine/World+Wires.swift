import HoldfastBase
import HoldfastCoordination

/// Calls as bytes: connections of callers to servers, with the shipped machines at both ends. Bytes
/// come in order, in pieces of any size. When a connection breaks, what was on its way to the server
/// may still arrive, up to any byte; what was on its way to the caller is lost.
extension World {
    var hasWires: Bool { scenario.traits.contains(.wire) }

    // MARK: The caller's end

    /// Sends a call by the connection that stands, or by a new one; `nil` when none takes it.
    func ask(
        _ client: Int, _ server: Int, _ request: CoordinationRequest, _ patience: Interval
    ) -> CallID? {
        let number = callerLinks[client][server].wire ?? openWire(client, server)
        let isTaken = wires[number].ask(
            lastCall + 1, request, patience: patience, clients[client].local)
        guard isTaken else { return nil }
        lastCall += 1
        calls[lastCall] = WorldCall(
            client: client, server: server, life: servers[server].life,
            generation: callerLinks[client][server].generation, wire: number)
        pumpNear(number)
        return lastCall
    }

    private func openWire(_ client: Int, _ server: Int) -> Int {
        coverage.note(.wires)
        wires.append(
            CallerWire(
                client: client, server: server, life: servers[server].life,
                near: clients[client].local, far: servers[server].clock.local(now)))
        let number = wires.count - 1
        callerLinks[client][server].wire = number
        // The handshake of the transport.
        let opened = now + latency() + latency()
        callerLinks[client][server].lastAtServer = max(
            opened, callerLinks[client][server].lastAtServer)
        return number
    }

    /// Sends what the caller's machine wants to send, and looks after its timer.
    func pumpNear(_ number: Int) {
        let wire = wires[number]
        guard !wire.isNearGone else { return }
        let client = clients[wire.client]
        send(wire.takeNearOutput(client.local), by: number, toServer: true)
        if wire.isNearOver {
            // It hangs up; what it said before arrives.
            let end = arrivalAtServer(of: number)
            queue.add(.wireLost(wire: number, isServer: true), at: end)
            nearEnded(number)
            return
        }
        guard wire.nearWake != .never else { return }
        let at = max(now, client.clock.instant(ofLocal: wire.nearWake))
        guard at < wire.nearTimerAt else { return }
        wire.nearTimerAt = at
        queue.add(.wireTimer(wire: number, isServer: false), at: at)
    }

    private func nearTimer(_ number: Int) {
        let wire = wires[number]
        let client = clients[wire.client]
        guard !wire.isNearGone, !client.isGone, wire.nearTimerAt <= now else { return }
        if defers(.client(wire.client), .wireTimer(wire: number, isServer: false)) { return }
        wire.nearTimerAt = .never
        wire.nearTime(client.local)
        pumpNear(number)
    }

    private func nearArrived(_ number: Int, _ bytes: [UInt8]) {
        let wire = wires[number]
        let client = clients[wire.client]
        guard !wire.isNearGone, !wire.isCut, !client.isGone else { return }
        let event = WorldEvent.wireBytes(wire: number, toServer: false, bytes)
        if defers(.client(wire.client), event) { return }
        for one in wire.nearReceived(bytes, client.local) {
            switch one {
            case .outcome(let call, let outcome): responseArrived(call, outcome)
            case .event(let call, let event): streamArrived(call, event)
            case .unanswered(let call):
                trace("client \(wire.client)", "call \(call) has no answer")
                calls[call] = nil
                client.unanswered(call)
            }
        }
        pumpNear(number)
    }

    /// The caller's end is over: what became of its calls is not known.
    private func nearEnded(_ number: Int) {
        let wire = wires[number]
        guard !wire.isNearGone else { return }
        wire.isNearGone = true
        if callerLinks[wire.client][wire.server].wire == number {
            callerLinks[wire.client][wire.server].wire = nil
            callerLinks[wire.client][wire.server].generation += 1
        }
        let client = clients[wire.client]
        guard !client.isGone else { return }
        trace("client \(wire.client)", "lost its connection to server \(wire.server)")
        for call in wire.nearCalls { client.broken(call) }
    }

    // MARK: The server's end

    /// Sends what the server's machine wants to send, and looks after its timer.
    func pumpFar(_ number: Int) {
        let wire = wires[number]
        guard !wire.isFarGone else { return }
        let clock = servers[wire.server].clock
        send(wire.takeFarOutput(clock.local(now)), by: number, toServer: false)
        if wire.isFarOver {
            let end = arrivalAtClient(of: number)
            queue.add(.wireLost(wire: number, isServer: false), at: end)
            farEnded(number)
            return
        }
        guard wire.farWake != .never else { return }
        let at = max(now, clock.instant(ofLocal: wire.farWake))
        guard at < wire.farTimerAt else { return }
        wire.farTimerAt = at
        queue.add(.wireTimer(wire: number, isServer: true), at: at)
    }

    private func farTimer(_ number: Int) {
        let wire = wires[number]
        guard !wire.isFarGone, isAlive(wire.server, wire.life), wire.farTimerAt <= now else {
            return
        }
        if defers(.server(wire.server), .wireTimer(wire: number, isServer: true)) { return }
        wire.farTimerAt = .never
        heard(wire.farTime(servers[wire.server].clock.local(now)), number)
    }

    private func farArrived(_ number: Int, _ bytes: [UInt8]) {
        let wire = wires[number]
        guard !wire.isFarGone, isAlive(wire.server, wire.life) else { return }
        let event = WorldEvent.wireBytes(wire: number, toServer: true, bytes)
        if defers(.server(wire.server), event) { return }
        let bytes = Array(bytes.prefix(wire.bytesLeft))
        if wire.bytesLeft != .max { wire.bytesLeft -= bytes.count }
        guard !bytes.isEmpty else { return }
        heard(wire.farReceived(bytes, servers[wire.server].clock.local(now)), number)
    }

    private func heard(_ heard: [CallerWire.Heard], _ number: Int) {
        let wire = wires[number]
        for one in heard {
            switch one {
            case .called(let call, let request): requestArrived(call, request)
            case .unwanted(let call):
                callEnded(call)
                wire.end(call, servers[wire.server].clock.local(now))
            }
            // The answer may have been its death.
            guard isAlive(wire.server, wire.life) else { return }
        }
        pumpFar(number)
    }

    /// The server's end is over: nobody waits for its calls.
    private func farEnded(_ number: Int) {
        let wire = wires[number]
        guard !wire.isFarGone else { return }
        wire.isFarGone = true
        for call in wire.abandonableCalls { callEnded(call) }
    }

    // MARK: Between them

    func wireBytesArrived(_ number: Int, toServer: Bool, _ bytes: [UInt8]) {
        if toServer { farArrived(number, bytes) } else { nearArrived(number, bytes) }
    }

    func wireTimer(_ number: Int, isServer: Bool) {
        if isServer { farTimer(number) } else { nearTimer(number) }
    }

    /// An end hears that the connection is gone.
    func wireLost(_ number: Int, isServer: Bool) {
        let wire = wires[number]
        if isServer {
            guard isAlive(wire.server, wire.life) else { return }
            if defers(.server(wire.server), .wireLost(wire: number, isServer: true)) { return }
            farEnded(number)
        } else {
            if defers(.client(wire.client), .wireLost(wire: number, isServer: false)) { return }
            nearEnded(number)
        }
    }

    /// Breaks a connection: both ends hear of it after a while, a server that died never.
    func breakWire(_ client: Int, _ server: Int, serverNotices: Bool) {
        guard let number = callerLinks[client][server].wire else { return }
        callerLinks[client][server].wire = nil
        let wire = wires[number]
        // No byte of the server's arrives any more; of those to it perhaps some.
        wire.bytesLeft = chance(0...1) == 0 ? Int(chance(0...400)) : .max
        wire.isCut = true
        let noticed = chance(1...300)
        queue.add(.wireLost(wire: number, isServer: false), at: now + .milliseconds(noticed))
        guard serverNotices else {
            wire.isFarGone = true
            return
        }
        queue.add(
            .wireLost(wire: number, isServer: true),
            at: now + .milliseconds(max(noticed, chance(1...1500))))
    }

    private func send(_ bytes: [UInt8], by number: Int, toServer: Bool) {
        guard !bytes.isEmpty else { return }
        // What is written after the break goes nowhere.
        guard !wires[number].isCut else { return }
        var rest = bytes[...]
        while !rest.isEmpty {
            var size = rest.count
            if size > 1, chance(0...3) == 0 {
                coverage.note(.pieces)
                size = Int(chance(1...Int64(size - 1)))
            }
            let at = toServer ? arrivalAtServer(of: number) : arrivalAtClient(of: number)
            queue.add(
                .wireBytes(wire: number, toServer: toServer, Array(rest.prefix(size))), at: at)
            rest.removeFirst(size)
        }
    }

    private func arrivalAtServer(of number: Int) -> Instant {
        let (client, server) = (wires[number].client, wires[number].server)
        let last = callerLinks[client][server].lastAtServer
        let arrival = max(now + latency(), last + Interval(nanoseconds: 1))
        callerLinks[client][server].lastAtServer = arrival
        return arrival
    }

    private func arrivalAtClient(of number: Int) -> Instant {
        let (client, server) = (wires[number].client, wires[number].server)
        let last = callerLinks[client][server].lastAtClient
        let arrival = max(now + latency(), last + Interval(nanoseconds: 1))
        callerLinks[client][server].lastAtClient = arrival
        return arrival
    }
}

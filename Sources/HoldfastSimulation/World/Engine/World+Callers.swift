import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// A call of a client, for as long as anything of it may be on its way.
struct WorldCall {
    let client: Int
    let server: Int
    let life: ServerID
    /// Of the connection that it was sent by.
    let generation: Int
    /// The connection as bytes, where there is one.
    var wire: Int?
    var hasArrived = false
    var isAnswered = false
    var isEnded = false
}

/// A client's way to a server.
struct CallerLink {
    /// Raised with each break.
    var generation = 0
    /// The connection that stands, where calls are bytes.
    var wire: Int?
    var brokenUntil = Instant.zero
    var lastAtServer = Instant.zero
    var lastAtClient = Instant.zero
}

/// Calls between clients and servers: in order on a connection; when it breaks, the server ends the
/// calls it had, and the client does not know what became of them.
extension World {
    /// Sends a call; `nil` when the server is not to be reached.
    func call(
        _ client: Int, _ server: Int, _ request: CoordinationRequest, patience: Interval
    ) -> CallID? {
        let link = callerLinks[client][server]
        guard servers[server].isUp, link.brokenUntil <= now else { return nil }
        if hasWires { return ask(client, server, request, patience) }
        lastCall += 1
        calls[lastCall] = WorldCall(
            client: client, server: server, life: servers[server].life, generation: link.generation)
        let arrival = max(now + latency(), link.lastAtServer + Interval(nanoseconds: 1))
        callerLinks[client][server].lastAtServer = arrival
        queue.add(.request(lastCall, request), at: arrival)
        return lastCall
    }

    func cancel(_ call: CallID) {
        guard let known = calls[call] else { return }
        if let wire = known.wire {
            wires[wire].cancel(call)
            pumpNear(wire)
            return
        }
        let link = callerLinks[known.client][known.server]
        guard link.generation == known.generation else { return }
        let arrival = max(now + latency(), link.lastAtServer + Interval(nanoseconds: 1))
        callerLinks[known.client][known.server].lastAtServer = arrival
        queue.add(.callEnded(call), at: arrival)
    }

    func requestArrived(_ call: CallID, _ request: CoordinationRequest) {
        guard let known = calls[call], isAlive(known.server, known.life) else { return }
        let server = known.server
        if defers(.server(server), .request(call, request)) { return }
        hash.mix(call)
        trace("server \(server)", "c\(known.client) call \(call): \(TraceText.request(request))")
        calls[call]?.hasArrived = true
        servers[server].brain.requested(call, request, at: servers[server].moment(now))
        flush(server)
        // It came by a connection that is gone; its end follows.
        if known.wire == nil, callerLinks[known.client][server].generation != known.generation {
            queue.add(.callEnded(call), at: now + .milliseconds(chance(0...50)))
        }
    }

    func callEnded(_ call: CallID) {
        guard let known = calls[call], !known.isEnded, isAlive(known.server, known.life) else {
            return
        }
        let server = known.server
        if defers(.server(server), .callEnded(call)) { return }
        calls[call]?.isEnded = true
        trace("server \(server)", "call \(call) has ended")
        hash.mix(call)
        servers[server].brain.callEnded(call, at: servers[server].moment(now))
        flush(server)
    }

    func responseArrived(_ call: CallID, _ outcome: Outcome) {
        guard let known = calls[call] else { return }
        let client = clients[known.client]
        guard !client.isGone else { return }
        if defers(.client(client.index), .response(call, outcome)) { return }
        guard callerLinks[known.client][known.server].generation == known.generation else { return }
        hash.mix(call)
        trace("client \(known.client)", "call \(call) → \(TraceText.outcome(outcome))")
        calls[call] = nil
        client.answered(call, outcome)
    }

    func streamArrived(_ call: CallID, _ event: StreamEvent) {
        guard let known = calls[call] else { return }
        let client = clients[known.client]
        guard !client.isGone else { return }
        if defers(.client(client.index), .streamed(call, event)) { return }
        guard callerLinks[known.client][known.server].generation == known.generation else { return }
        hash.mix(call)
        trace("client \(known.client)", "call \(call) is told \(TraceText.event(event))")
        client.streams[call]?(event)
    }

    func clientAction(_ index: Int, _ action: ClientAction) {
        let client = clients[index]
        guard !client.isGone else { return }
        if defers(.client(client.index), .client(index, action)) { return }
        hash.mix(UInt64(index))
        hash.mix(action.label)
        action.perform()
    }

    /// Breaks the way of a client to a server: both find out after a while.
    func breakCaller(
        _ client: Int, _ server: Int, serverNotices: Bool = true, until: Instant = .zero
    ) {
        let generation = callerLinks[client][server].generation
        callerLinks[client][server].generation += 1
        callerLinks[client][server].brokenUntil = until
        if hasWires {
            breakWire(client, server, serverNotices: serverNotices)
            return
        }
        let noticedBySomebody = chance(1...300)
        let open = calls.filter {
            $0.value.client == client && $0.value.server == server
                && $0.value.generation == generation
        }.map(\.key).sorted()
        for call in open {
            if serverNotices, calls[call]?.isAnswered == false {
                let noticed = max(noticedBySomebody, chance(1...1500))
                queue.add(.callEnded(call), at: now + .milliseconds(noticed))
            }
            let action = ClientAction("broken") { [unowned self] in
                clients[client].broken(call)
            }
            queue.add(.client(client, action), at: now + .milliseconds(noticedBySomebody))
        }
    }
}

import HoldfastBase
import HoldfastTestWire
import HoldfastWire

/// Moving bytes and time, and what must hold whatever happens.
extension Pair {
    /// One thing happens, whichever.
    func step() {
        steps += 1
        switch Int.random(in: 0..<20, using: &random) {
        case 0...3: begin()
        case 4: cancelOrGrant()
        case 5...8: serve()
        case 9...11: clientWrites()
        case 12...14: serverWrites()
        case 15, 16: arrive(&toServer, &serverPending)
        case 17, 18: arrive(&toClient, &clientPending)
        default: pass(chance(60) ? 12_000_000 : chance(4) ? 300_000 : 1500)
        }
        serverReads()
        clientReads()
        check()
    }

    func clientWrites() {
        if chance(8) {
            box.client.output.blocked()
            box.client.written(0, now: now)
            return
        }
        let size = Int.random(in: 0...min(box.client.output.count, 9000), using: &random)
        unsafe toServer += box.client.output.unsafeBytes.prefix(size)
        box.client.written(size, now: now)
    }

    func serverWrites() {
        if chance(8) {
            box.server.output.blocked()
            box.server.written(0, now: now)
            return
        }
        let size = Int.random(in: 0...min(box.server.output.count, 9000), using: &random)
        unsafe toClient += box.server.output.unsafeBytes.prefix(size)
        box.server.written(size, now: now)
    }

    private func arrive(_ wire: inout [UInt8], _ pending: inout [UInt8]) {
        let size = chance(2) ? wire.count : Int.random(in: 0...min(wire.count, 40), using: &random)
        pending += wire.prefix(size)
        wire.removeFirst(size)
    }

    /// As the loop does it: the timers that are due fire when time has moved, however late.
    private func pass(_ most: Int64) {
        now = now + .microseconds(Int64.random(in: 0...most, using: &random))
        fireTimers()
    }

    func fireTimers() {
        if box.server.wake <= now {
            box.server.timeReached(now)
            if box.server.wake <= now { wrong("the server's timer does not rest") }
        }
        if box.server.takeAbandoned() {
            var slot = 0
            while let next = box.server.nextAbandoned(fromSlot: slot) {
                works[next.stream]?.isCancelled = true
                slot = next.slot + 1
            }
        }
        guard box.client.wake <= now else { return }
        box.client.timeReached(now)
        while box.client.nextExpired(now) != nil {}
        if box.client.wake <= now { wrong("the client's timer does not rest") }
    }

    private func check() {
        let limits = Self.limits
        // One message beyond the mark, the rest of one that has begun to leave, and control frames.
        if box.server.output.count > limits.outboundHardBytes + 2 * limits.responseBytesMax + 4096 {
            wrong("\(box.server.output.count) bytes are queued")
        }
        if box.server.openStreams != works.count { wrong("slots and work differ") }
        let open = box.server.activeCount + box.server.parkedCount + box.server.vitalCount
        if open != works.count { wrong("the counts are wrong") }
        if box.server.activeCount + box.server.vitalCount
            > limits.activeStreamsMax + limits.reservedStreams
            || box.server.parkedCount > limits.parkedStreamsMax
        {
            wrong("more streams than allowed")
        }
        switch box.server.closeReason {
        case .violation(let violation): wrong("the client's fault: \(violation)")
        case .tooManyPings: wrong("the client pings too often")
        default: break
        }
        if case .violation(let violation) = box.client.closeReason {
            wrong("the server's fault: \(violation)")
        }
    }

    /// Lets everything that is on its way arrive and all work end; no slot may be left.
    func settle() {
        for _ in 0..<40 {
            for stream in works.keys.sorted() { finish(stream, failing: false) }
            toServer += unsafe Array(box.client.output.unsafeBytes)
            box.client.written(.max, now: now)
            serverPending += toServer
            toServer = []
            serverReads()
            toClient += unsafe Array(box.server.output.unsafeBytes)
            box.server.written(.max, now: now)
            clientPending += toClient
            toClient = []
            clientReads()
            check()
            now = now + .milliseconds(1)
            fireTimers()
        }
        for stream in works.keys.sorted() { finish(stream, failing: false) }
        if box.server.openStreams != 0 { wrong("slots are left on the server") }
        guard box.client.closeReason == nil, box.server.closeReason == nil else { return }
        if box.client.openStreams != 0 { wrong("\(openCalls) were never answered") }
        box.server.releaseIdleMemory()
        box.client.releaseIdleMemory()
        if box.server.memoryBytes != 0 { wrong("memory is left") }
    }
}

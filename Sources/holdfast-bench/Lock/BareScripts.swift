import Glibc
import HoldfastBase
import HoldfastNode
import HoldfastRedis
import HoldfastSystem

/// The bare limit: the scripts of our server, pipelined at the same nodes by one loop, which counts a
/// thing as done when a quorum has answered. No server, no TLS, no timers, nobody to be told.
@safe
final class BareScripts {
    enum Shape {
        /// Acquire and release, by so many at once, each with names of its own.
        case cycles(workers: Int)
        /// One lock, from holder to holder: release and grant in one step.
        case handOff
        /// Values of registers read, by so many at once, each with registers of its own.
        case reads(workers: Int, bytes: Int)
        /// Values written, each under the ballot that came with the write before.
        case writes(workers: Int, bytes: Int)
    }

    private struct Slot {
        var number: UInt32 = 0
        var votes = 0
        var grant = RequestID.none
        var began = Instant.zero
        var turn = 0
        var isHolding = false
    }

    private let nodes: [BareNode]
    /// Of each node: its marker is its own.
    private let identities: [GateIdentity]
    private let shape: Shape
    private let names: [String]
    private var writer = NodeCall()
    private var slots: [Slot] = []
    private var lastGrant = RequestID.random()
    private var lastFence: UInt64 = 0
    /// What is written; and the number of the last ballot, which no register had before.
    private var value = RegisterValue(bytes: [])
    private var lastBallot = UInt64(Clocks.wallNanoseconds() / 1000)
    private(set) var cycleLatencies = Histogram()
    private(set) var acquireLatencies = Histogram()
    private(set) var failures = 0

    init(_ ports: [Int], names: [String], _ shape: Shape) throws {
        self.shape = shape
        self.names = names
        identities = try ports.map { try Self.identity(port: $0) }
        nodes = try ports.map { try BareNode(port: $0) }
    }

    private var quorum: Int { nodes.count / 2 + 1 }

    /// Runs for `seconds` after `warmUp`; `measuring` is called in between.
    func run(warmUp: Double, seconds: Double, _ measuring: () -> Void) throws {
        let poller = try Poller()
        for (index, node) in nodes.enumerated() {
            try poller.add(node.descriptor.number, .readable, token: UInt64(index))
        }
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { unsafe scratch.deallocate() }
        begin()
        try unsafe spin(poller, scratch, warmUp)
        cycleLatencies = Histogram()
        acquireLatencies = Histogram()
        measuring()
        try unsafe spin(poller, scratch, seconds)
    }

    private func spin(
        _ poller: borrowing Poller, _ scratch: UnsafeMutableRawBufferPointer, _ seconds: Double
    ) throws {
        let end = Clocks.now() + Interval(nanoseconds: Int64(seconds * 1e9))
        while true {
            for node in nodes { try node.flush() }
            let count = poller.wait(milliseconds: 100)
            let now = Clocks.now()
            if now >= end { return }
            for index in 0..<count {
                let node = Int(poller.event(index).token)
                try unsafe nodes[node].receive(scratch: scratch) { ticket, answer in
                    voted(ticket, answer, now)
                }
            }
        }
    }

    private func begin() {
        let now = Clocks.now()
        switch shape {
        case .cycles(let workers):
            slots = Array(repeating: Slot(), count: workers)
            for slot in slots.indices { acquire(slot, now) }
        case .handOff:
            slots = [Slot()]
            acquire(0, now)
        case .reads(let workers, let bytes), .writes(let workers, let bytes):
            slots = Array(repeating: Slot(), count: workers)
            value = RegisterValue(bytes: [UInt8](repeating: 0x76, count: bytes))
            for slot in slots.indices { write(slot, now) }
        }
    }

    // MARK: Calls

    private func name(_ slot: Int) -> String {
        if case .handOff = shape { return names[0] }
        let part = max(1, names.count / slots.count)
        return names[(slot * part + slots[slot].turn % part) % names.count]
    }

    private func step(_ slot: Int) -> AcquireStep {
        lastGrant.low &+= 1
        lastFence = max(lastFence + 1, UInt64(Clocks.wallNanoseconds() / 1000))
        var step = AcquireStep(names: [name(slot)], grant: lastGrant)
        step.ttlMilliseconds = 30_000
        step.proposed = lastFence
        step.ticket = lastFence
        step.claim = lastFence
        return step
    }

    private func acquire(_ slot: Int, _ now: Instant) {
        slots[slot].turn += 1
        let step = step(slot)
        slots[slot].grant = step.grant
        slots[slot].began = now
        slots[slot].isHolding = false
        ask(.acquire(step), slot)
    }

    private func release(_ slot: Int, _ now: Instant) {
        var release = ReleaseStep(names: [name(slot)], grant: slots[slot].grant)
        if case .handOff = shape {
            let step = step(slot)
            release.next = step
            slots[slot].grant = step.grant
            slots[slot].began = now
        }
        slots[slot].isHolding = true
        ask(.release(release), slot)
    }

    /// One register of its own for each slot: the promise of its next ballot lies there.
    private func register(_ slot: Int) -> String { "bare/" + names[slot] }

    private func write(_ slot: Int, _ now: Instant) {
        slots[slot].began = now
        slots[slot].isHolding = false
        lastBallot += 1
        let step = RegisterStep.accept(
            Ballot(counter: lastBallot, proposer: 1), value,
            next: Ballot(counter: lastBallot + 1, proposer: 1))
        ask(.register(name: register(slot), step), slot)
    }

    private func read(_ slot: Int, _ now: Instant) {
        slots[slot].began = now
        slots[slot].isHolding = true
        ask(.register(name: register(slot), .read), slot)
    }

    private func ask(_ command: NodeCommand, _ slot: Int) {
        slots[slot].number &+= 1
        slots[slot].votes = 0
        let ticket = UInt64(slots[slot].number) << 32 | UInt64(slot)
        for (index, node) in nodes.enumerated() {
            if writer.write(command, expecting: identities[index]) {
                node.put(writer.call, ticket: ticket)
            }
        }
    }

    // MARK: Answers

    private func voted(_ ticket: UInt64, _ answer: UInt8, _ now: Instant) {
        let slot = Int(ticket & 0xFFFF_FFFF)
        if answer != wanted(slots[slot].isHolding), slots[slot].number == UInt32(ticket >> 32) {
            failures += 1
        }
        // Those behind the quorum change nothing.
        guard slots[slot].number == UInt32(ticket >> 32) else { return }
        slots[slot].votes += 1
        guard slots[slot].votes == quorum else { return }
        let time = (now - slots[slot].began).nanoseconds
        switch shape {
        case .cycles where slots[slot].isHolding:
            cycleLatencies.add(nanoseconds: time)
            acquire(slot, now)
        case .cycles:
            acquireLatencies.add(nanoseconds: time)
            release(slot, now)
        case .handOff:
            cycleLatencies.add(nanoseconds: time)
            release(slot, now)
        case .reads:
            if slots[slot].isHolding { cycleLatencies.add(nanoseconds: time) }
            read(slot, now)
        case .writes:
            cycleLatencies.add(nanoseconds: time)
            write(slot, now)
        }
    }

    /// The first byte of an answer of the second kind of call, or of the first.
    private func wanted(_ isSecond: Bool) -> UInt8 {
        switch shape {
        case .cycles, .handOff: isSecond ? UInt8(ascii: "1") : UInt8(ascii: "g")
        case .reads, .writes: isSecond ? UInt8(ascii: "c") : UInt8(ascii: "a")
        }
    }

    /// What the gate of a node says that it is. From then on the node knows the scripts, too: a server
    /// tells it of each only when it calls it.
    private static func identity(port: Int) throws -> GateIdentity {
        var line = try NodeLine(port: port, patience: .zero)
        for script in [NodeScript.readGate, .acquire, .release, .readRegister, .accept] {
            _ = try line.ask(["SCRIPT", "LOAD", script.source])
        }
        var writer = NodeCall()
        let none = GateIdentity(cluster: 0, epoch: 0, marker: 0)
        guard writer.write(.readGate, expecting: none) else { throw BenchError("no gate") }
        let value = try line.ask(writer.call)
        guard case .gate(let gate?, _) = NodeScript.readGate.reply(value) else {
            throw BenchError("the node at port \(port) has no gate")
        }
        return gate.identity
    }
}

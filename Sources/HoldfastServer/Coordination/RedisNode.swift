internal import HoldfastBase
internal import HoldfastCoordination
internal import HoldfastNode
internal import HoldfastRedis
internal import HoldfastRuntime

/// Writes commands for all nodes of a driver: what goes to all of them is written once.
final class NodeWriter {
    fileprivate var call = NodeCall()
}

/// A Redis node: one connection for commands, and one on which it wakes this server's waiters.
///
/// Turns commands into calls of scripts and what comes back into answers; it decides nothing.
final class RedisNode: NodeDriver {
    /// What an answer is to be read as, and whom it is for.
    private struct Sent {
        let tag: UInt64
        let script: NodeScript
    }

    /// How often the facts are read again: role, policy and persistence can be changed while a
    /// connection stands.
    private static let factsInterval = Interval.seconds(5)

    private let index: NodeIndex
    private unowned let driver: BrainDriver
    private let loop: EventLoop
    private let answerTime: Interval
    private var connection: RedisConnection?
    private var subscription: RedisSubscription?
    private let writer: NodeWriter
    private var sent: [Sent?] = []
    private var free: [Int] = []
    private var factsRead = Instant.zero
    /// An answer of this connection was none to what was asked, and the end of it was not heard yet.
    private var isDistrusted = false

    let address: String
    private(set) var commandsTotal: UInt64 = 0
    private(set) var readiness: NodeReadiness?
    private var lastAnswer = Instant.zero
    /// When it was asked while it owed nothing.
    private var firstAsked = Instant.zero

    /// - Parameter budget: how long the brain waits for an answer. One that comes later is still
    ///   taken in, for a while.
    init(
        _ index: NodeIndex, _ driver: BrainDriver, _ endpoint: NodeEndpoint, server: ServerID,
        budget: Interval, writer: NodeWriter
    ) {
        self.index = index
        self.driver = driver
        self.writer = writer
        loop = driver.loop
        address = endpoint.address.description
        answerTime = max(.seconds(2), budget + budget)
        connection = RedisConnection(
            loop: loop, endpoint: endpoint, settings: NodeSessionSettings(),
            scripts: NodeScript.set, seed: server &+ UInt64(index), delegate: self)
        var settings = SubscriberSettings()
        settings.channel = NodeKeys.wakeChannel(of: server)
        subscription = RedisSubscription(
            loop: loop, endpoint: endpoint, settings: settings, seed: server &- UInt64(index),
            delegate: self)
    }

    var commandsOpen: Int { connection?.openCommands ?? 0 }

    var owesSince: Instant? { commandsOpen > 0 ? max(firstAsked, lastAnswer) : nil }

    func begin() {
        connection?.begin()
        subscription?.begin()
    }

    func end() {
        connection?.end()
        subscription?.end()
    }

    func send(
        _ command: NodeCommand, tag: UInt64, expecting gate: GateIdentity, at moment: Moment
    ) -> NodeReply? {
        switch command {
        // The one comes regularly to a node that votes, the other to one that does not.
        case .heartbeat, .readGate:
            if loop.now - factsRead >= Self.factsInterval { inspect() }
        default: break
        }
        guard writer.call.write(command, expecting: gate) else {
            return .failed(.refusedByNode("a number is too large for its scripts"))
        }
        guard let script = NodeScript(rawValue: writer.call.call.script) else {
            return .failed(.refusedByNode("it has no such script"))
        }
        if commandsOpen == 0 { firstAsked = loop.now }
        let place = free.popLast() ?? sent.count
        if place == sent.count { sent.append(nil) }
        sent[place] = Sent(tag: tag, script: script)
        let outcome = connection?.submit(
            writer.call.call, tag: UInt64(place), deadline: loop.now + answerTime)
        guard outcome == .accepted else {
            forget(place)
            return .failed(.notSent)
        }
        commandsTotal &+= 1
        return nil
    }

    func inspect() {
        factsRead = loop.now
        _ = connection?.refreshFacts()
    }

    private func forget(_ place: Int) {
        sent[place] = nil
        free.append(place)
    }

    private func take(_ tag: UInt64) -> Sent? {
        guard tag < sent.count, let entry = sent[Int(tag)] else { return nil }
        forget(Int(tag))
        return entry
    }
}

extension RedisNode: RedisConnectionDelegate {
    func redisConnection(_ connection: RedisConnection, events: [NodeSessionEvent]) {
        driver.turn {
            for event in events { received(event) }
        }
    }

    private func received(_ event: NodeSessionEvent) {
        switch event {
        case .value(let tag, let value):
            lastAnswer = loop.now
            guard let entry = take(tag) else { return }
            let reply: NodeReply =
                isDistrusted
                ? .failed(NodeFailure(.protocolViolation)) : entry.script.reply(value)
            if case .failed(.malformed) = reply, !isDistrusted {
                isDistrusted = true
                connection?.distrust()
            }
            driver.nodeReplied(index, tag: entry.tag, reply)
        case .failure(let tag, let failure):
            guard let entry = take(tag) else { return }
            driver.nodeReplied(index, tag: entry.tag, .failed(NodeFailure(failure)))
        case .ready(let facts):
            lastAnswer = loop.now
            factsRead = loop.now
            ready(NodeReadiness(facts))
        case .facts(let facts):
            lastAnswer = loop.now
            // What was promised before may not hold for what the node is now.
            let fresh = NodeReadiness(facts)
            if fresh != readiness { ready(fresh) }
        case .factsRefused: break
        case .closed(let reason):
            isDistrusted = false
            driver.nodeDisconnected(index, reason.explanation)
        }
    }

    private func ready(_ fresh: NodeReadiness) {
        readiness = fresh
        driver.nodeConnected(index, fresh)
    }
}

extension RedisNode: RedisSubscriptionDelegate {
    func redisSubscription(_ subscription: RedisSubscription, events: [SubscriberEvent]) {
        driver.turn {
            for case .message(let name) in events {
                guard let name = String(validating: name, as: UTF8.self) else { continue }
                driver.nodeWoke(index, name)
            }
        }
    }
}

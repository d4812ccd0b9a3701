package import HoldfastBase
package import HoldfastRuntime
package import HoldfastSystem
internal import HoldfastTLS
internal import HoldfastWireProtocol

/// The part of a server that lives on one loop: its sessions, the memory they share, its counters.
///
/// The scratch buffer and the arena belong to the loop and not to a connection, so that an idle
/// connection owns no buffer at all.
@safe
package final class ServerShard {
    private static let exhaustionPause = Interval.seconds(5)
    /// Whole records of all connections in one tick. Encrypting one and handing it to the kernel costs
    /// as much as a call or two: what is moved in bulk must not be felt by those who ask little.
    private static let bulkRecordsPerTick = 4
    static let scratchBytes = 64 << 10
    /// Time a handshake has before it may be ended in favour of a newer one.
    static let handshakeChance = Interval.milliseconds(250)

    package let core: ServerCore
    package let loop: EventLoop
    /// Where TLS handshakes are computed.
    let handshakeLoop: EventLoop
    private let loopCount: Int
    let methods: MethodTable
    /// Where the answers to held calls come in.
    let desk: AnswerDesk
    let scratch: UnsafeMutableRawBufferPointer
    let arena: UnsafeMutablePointer<WireArena>
    var statistics: ServerStatistics
    private(set) var sessions: [ObjectIdentifier: ServerSession] = [:]
    var flooders = RecentFlooders()
    private var listeners: [ServerListener] = []
    /// Oldest first, by name only: a session that has ended must not be kept alive by a list.
    private var handshakesByAge: [LoopToken] = []
    private var life: ShardLife?
    private(set) var handshakesInFlight = 0
    private var bulkTick: UInt64 = 0
    private var bulkLeft = 0
    private var exhaustionNoted: Instant?
    package private(set) var isDraining = false

    /// - Parameter loopCount: over how many loops the limits of the server are spread.
    package init(core: ServerCore, loop: EventLoop, handshakeLoop: EventLoop, loopCount: Int) {
        self.loopCount = max(1, loopCount)
        self.core = core
        self.loop = loop
        self.handshakeLoop = handshakeLoop
        methods = MethodTable(core.entries)
        desk = AnswerDesk(loop)
        unsafe scratch = .allocate(byteCount: Self.scratchBytes, alignment: 16)
        unsafe arena = .allocate(capacity: 1)
        unsafe arena.initialize(to: WireArena())
        statistics = ServerStatistics(methods: core.entries.count)
    }

    deinit {
        unsafe scratch.deallocate()
        unsafe arena.deinitialize(count: 1)
        unsafe arena.deallocate()
    }

    /// Accepts connections from `listener`, which other loops may share. On the loop.
    package func listen(on listener: SharedListener) {
        if life == nil { life = ShardLife(shard: self) }
        let source = ServerListener(shard: self, listener: listener)
        listeners.append(source)
        source.resume()
    }

    /// Serves a connected socket. On the loop.
    package func accept(_ descriptor: Int32, from address: SocketAddress) {
        statistics.accepted &+= 1
        guard descriptor < core.connectionDescriptorsMax else {
            refuse(descriptor, .descriptorsLimit)
            noteExhaustion("no file descriptor is left for connections")
            return
        }
        let host = core.settings.limits.connectionsPerAddressMax > 0 ? address.host : ""
        if let refusal = core.admit(host: host) {
            refuse(descriptor, refusal)
            return
        }
        do {
            let session = try ServerSession(
                shard: self, descriptor: descriptor, address: address, host: host)
            handshakesInFlight += 1
            sessions[ObjectIdentifier(session)] = session
            session.begin()
            rememberHandshake(session)
        } catch {
            core.leave(host: host)
            statistics.handshakeFailures["setup", default: 0] &+= 1
            Sockets.abort(descriptor)
        }
    }

    private func refuse(_ descriptor: Int32, _ refusal: AdmissionRefusal) {
        statistics.admissionRefusals[refusal.rawValue, default: 0] &+= 1
        Sockets.abort(descriptor)
    }

    /// Tells the observer now and then: exhaustion is met by every caller of a crowd.
    func noteExhaustion(_ reason: String) {
        guard exhaustionNoted.map({ loop.now - $0 >= Self.exhaustionPause }) ?? true else { return }
        exhaustionNoted = loop.now
        core.observer?.acceptPaused(reason: reason)
    }

    /// Takes the place of one whole record in this tick; false when there is none left: what is to be
    /// moved is moved in a later tick, in turn.
    func takeBulkPlace() -> Bool {
        if bulkTick != loop.ticks {
            bulkTick = loop.ticks
            bulkLeft = Self.bulkRecordsPerTick
        }
        guard bulkLeft > 0 else { return false }
        bulkLeft -= 1
        return true
    }

    var hasHandshakeRoom: Bool {
        handshakesInFlight < max(1, core.settings.limits.handshakesInFlightMax / loopCount)
    }

    /// Makes room for one more handshake, where there is none, by ending the oldest that has had its
    /// chance: an honest one takes milliseconds, so those that hold the places of others for long are
    /// attackers, or on a line too slow for the moment.
    func makeHandshakeRoom() -> Bool {
        while !hasHandshakeRoom {
            while let first = handshakesByAge.first, handshaking(first) == nil {
                handshakesByAge.removeFirst()
            }
            guard let oldest = handshakesByAge.first.flatMap(handshaking),
                oldest.accepted + Self.handshakeChance <= loop.now
            else { return false }
            oldest.end(reason: "handshake_evicted", detail: "")
        }
        return true
    }

    func handshakeEnded() {
        handshakesInFlight -= 1
        guard !isDraining else { return }
        for listener in listeners { listener.resume() }
    }

    private func handshaking(_ token: LoopToken) -> ServerSession? {
        guard let session = loop.source(token) as? ServerSession, session.isHandshaking else {
            return nil
        }
        return session
    }

    private func rememberHandshake(_ session: ServerSession) {
        handshakesByAge.append(session.token)
        // Those that ended in between are many only when the oldest is stuck.
        if handshakesByAge.count > 2 * handshakesInFlight + 64 {
            handshakesByAge.removeAll { handshaking($0) == nil }
        }
    }

    /// Lets go of everything that holds on to this shard.
    func loopStopped() {
        listeners.removeAll()
        handshakesByAge.removeAll()
        life = nil
        sessions.removeAll()
    }

    func ended(_ session: ServerSession) {
        sessions[ObjectIdentifier(session)] = nil
        core.leave(host: session.host)
        core.observer?.connectionGone(session.peer.connection)
    }

    /// Stops accepting and tells every connection to go elsewhere. On the loop.
    package func drain(reason: String, grace: Interval) {
        isDraining = true
        for listener in listeners { listener.close() }
        listeners.removeAll()
        for session in orderedSessions { session.drain(reason: reason, grace: grace) }
    }

    /// The sessions, oldest first.
    var orderedSessions: [ServerSession] {
        sessions.values.sorted { $0.peer.connection < $1.peer.connection }
    }

    /// What was counted, with the levels of this moment. On the loop.
    package func snapshot() -> ServerStatistics {
        var copy = statistics
        copy.connectionsOpen = sessions.count
        copy.handshakesInFlight = handshakesInFlight
        copy.tickLengths = loop.tickLengths
        copy.answersDropped = desk.dropped
        for session in sessions.values {
            copy.activeStreams += session.activeStreams
            copy.parkedStreams += session.parkedStreams
        }
        return copy
    }
}

/// Tells the shard when its loop ends.
private final class ShardLife: LoopSource {
    private let shard: ServerShard

    init(shard: ServerShard) {
        self.shard = shard
        _ = shard.loop.register(self)
    }

    func loopStopped() {
        shard.loopStopped()
    }
}

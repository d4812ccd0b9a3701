package import HoldfastBase
internal import HoldfastNode

/// The connection to one node, for as long as the server runs: when to connect, how to greet, what
/// to send, which answer belongs to which command, and when to give up. It does no I/O and knows no
/// clock; a driver moves the bytes and says what time it is.
///
/// **Answers are matched by order and by nothing else**, so the connection is closed as soon as one
/// is in doubt: at bytes that are no reply, at a reply to nothing, at a reply of a wrong kind. All
/// that was open then fails, and nothing that comes later can be matched to it, for the reader and
/// the order begin anew with each connection.
///
/// **Every accepted command ends exactly once**: with a value, with the error class of the node, or
/// with `notSent` or `unknownOutcome` at its deadline or at the end of the connection. A command
/// whose deadline passes before any of it has left is taken out and never sent. One that has left
/// cannot be called back: its answer is swallowed, and what it did on the node is for its owner to
/// undo by a command behind it, which the node carries out after it.
///
/// **A node that lost its scripts** (SCRIPT FLUSH) answers NOSCRIPT and has done nothing. The same
/// attempt is then repeated, after SCRIPT LOAD; should the script vanish in between, once more by
/// EVAL, which carries it along and cannot miss. Order: repeated commands keep theirs among each
/// other; what is submitted from the moment NOSCRIPT was seen waits until all earlier commands have
/// their answers. So only a command that had been written already when NOSCRIPT came can be carried
/// out before an earlier one that is repeated.
///
/// States: stopped → connecting → greeting → ready, from each of which → paused → connecting, and
/// → stopped.
@safe
package struct NodeSession: ~Copyable {
    enum Phase {
        /// → connecting by `start`.
        case stopped
        /// → connecting when the time has come.
        case paused(until: Instant)
        /// → greeting by `connected`; → paused.
        case connecting(deadline: Instant)
        /// → ready when the last answer of the handshake is good; → paused.
        case greeting(deadline: Instant)
        /// → paused.
        case ready(since: Instant)
    }

    let settings: NodeSessionSettings
    let scripts: ScriptSet
    var phase = Phase.stopped
    var lane = CommandLane()
    /// Submitted while scripts are being brought back; goes behind `lane` when that is empty.
    var held = CommandLane()
    var isRepairing = false
    /// Scripts that have been sent again in this repair.
    var reloaded: Set<Int> = []
    var reader: ReplyReader
    /// For the commands of the session itself.
    var scratch = RedisCommandWriter()
    var draft: FactsDraft?
    var events: [NodeSessionEvent] = []
    /// No open command has an earlier deadline; may be too early by commands that are answered.
    var earliestDeadline = Instant.never
    var givenUp = 0
    /// Since when commands wait without any answer, or since when nothing is open.
    var quietSince = Instant.zero
    private var demand: TransportDemand?
    private var pause: ReconnectPause
    /// Connections that were ready.
    package private(set) var connections: UInt64 = 0
    /// Commands that were repeated because the node did not have the script.
    package internal(set) var repeated: UInt64 = 0

    /// - Parameter seed: what the pauses before attempts depend on, besides the settings.
    package init(settings: NodeSessionSettings, scripts: ScriptSet, seed: UInt64) {
        self.settings = settings
        self.scripts = scripts
        reader = ReplyReader(limits: settings.replies)
        pause = ReconnectPause(
            first: settings.pauseFirst, maximum: settings.pauseMax, seed: seed)
    }

    // MARK: For the driver

    /// What the transport is to do, once.
    package mutating func takeDemand() -> TransportDemand? {
        defer { demand = nil }
        return demand
    }

    /// Moves what is to be told into `batch`, which must be empty and whose memory is used next.
    package mutating func takeEvents(into batch: inout [NodeSessionEvent]) {
        guard !events.isEmpty else { return }
        swap(&batch, &events)
    }

    package var hasOutput: Bool { lane.hasUnsent }

    /// What is to be written now. Valid until the next mutation.
    @unsafe
    package var output: UnsafeRawBufferPointer { unsafe lane.unsentBytes }

    /// The transport has taken so many bytes of the output.
    package mutating func written(_ size: Int) { lane.written(size) }

    /// The transport could take nothing, and may keep what it was shown, as TLS does: none of that
    /// is taken back any more.
    package mutating func writeBlocked() { lane.blocked() }

    /// When `timeReached` is due, at the latest.
    package var wake: Instant {
        switch phase {
        case .stopped: return .never
        case .paused(let instant), .connecting(let instant), .greeting(let instant): return instant
        case .ready:
            guard lane.isEmpty else {
                return min(earliestDeadline, quietSince + settings.silenceMax)
            }
            return settings.pingInterval == .zero ? .never : quietSince + settings.pingInterval
        }
    }

    // MARK: For the owner

    package var isReady: Bool {
        if case .ready = phase { return true }
        return false
    }

    /// Whether a transport is being opened.
    package var isConnecting: Bool {
        if case .connecting = phase { return true }
        return false
    }

    /// Commands without an answer that is still wanted or to be swallowed.
    package var openCommands: Int { lane.count + held.count }

    /// Begins to connect, and goes on doing so until `stop`.
    package mutating func start(now: Instant) {
        guard case .stopped = phase else { return }
        connect(now: now)
    }

    /// Ends the connection for good; what is open fails.
    package mutating func stop(now: Instant) {
        if case .stopped = phase { return }
        close(.stopped, now: now)
    }

    /// An answer was none to what was asked: nothing that is open can be matched any more. What of
    /// this connection was told before and not looked at yet is in doubt too.
    package mutating func distrust(now: Instant) {
        guard case .ready = phase else { return }
        close(.violation(.unexpected), now: now)
    }

    // MARK: Events

    /// The transport is open. `credentials` are those of this moment.
    package mutating func connected(credentials: NodeCredentials?, now: Instant) {
        guard case .connecting = phase else { return }
        phase = .greeting(deadline: now + settings.handshakeTimeout)
        quietSince = now
        greet(credentials, now: now)
    }

    /// The transport has ended, or could not be opened.
    package mutating func closed(_ reason: NodeCloseReason, now: Instant) {
        switch phase {
        case .connecting, .greeting, .ready: close(reason, now: now)
        case .stopped, .paused:
            // A legal race: we closed in the tick in which the transport ended.
            break
        }
    }

    package mutating func timeReached(_ now: Instant) {
        switch phase {
        case .stopped: break
        case .paused(let until):
            if now >= until { connect(now: now) }
        case .connecting(let deadline):
            if now >= deadline { close(.connectTimeout, now: now) }
        case .greeting(let deadline):
            if now >= deadline { close(.handshakeTimeout, now: now) }
        case .ready:
            giveUpLate(now: now)
            if lane.isEmpty {
                pingIfIdle(now: now)
            } else if now >= quietSince + settings.silenceMax {
                close(.silent, now: now)
            } else if givenUp > settings.givenUpMax {
                close(.tooManyGivenUp, now: now)
            }
        }
    }

    // MARK: Beginning and ending

    private mutating func connect(now: Instant) {
        phase = .connecting(deadline: now + settings.connectTimeout)
        demand = .connect
    }

    /// The handshake, all of it in one write: the first refusal ends it, and what was sent behind a
    /// refused AUTH is refused by the node as well.
    private mutating func greet(_ credentials: NodeCredentials?, now: Instant) {
        if let credentials {
            scratch.removeAll()
            scratch.begin(words: credentials.user == nil ? 2 : 3)
            scratch.append("AUTH")
            if let user = credentials.user { scratch.append(user) }
            scratch.append(credentials.password)
            send(.authenticate, now: now)
        }
        if !settings.clientName.isEmpty {
            scratch.removeAll()
            scratch.command(["CLIENT", "SETNAME", settings.clientName])
            send(.setName, now: now)
        }
        if settings.database != 0 {
            scratch.removeAll()
            scratch.command(["SELECT", String(settings.database)])
            send(.select, now: now)
        }
        for index in 0..<scripts.count { load(index, now: now) }
        askFacts(now: now)
    }

    /// The handshake is over and good.
    mutating func becomeReady(_ facts: NodeFacts, now: Instant) {
        phase = .ready(since: now)
        connections += 1
        events.append(.ready(facts))
    }

    mutating func close(_ reason: NodeCloseReason, now: Instant) {
        failOpen(reason)
        if case .ready(let since) = phase, now - since >= settings.steadyAfter { pause.reset() }
        phase = reason == .stopped ? .stopped : .paused(until: now + pause.next())
        demand = .close
        reader = ReplyReader(limits: settings.replies)
        lane = CommandLane()
        held = CommandLane()
        isRepairing = false
        reloaded.removeAll()
        draft = nil
        givenUp = 0
        earliestDeadline = .never
        events.append(.closed(reason))
    }

    private mutating func failOpen(_ reason: NodeCloseReason) {
        var left = RedisFailure.unknownOutcome
        if case .violation = reason { left = .protocolViolation }
        var offset = 0
        for index in 0..<lane.count {
            let command = lane[index]
            fail(command, lane.isUnsent(at: offset) ? .notSent : left)
            offset += command.bytes
        }
        for index in 0..<held.count { fail(held[index], .notSent) }
    }

    private mutating func fail(_ command: PendingCommand, _ failure: RedisFailure) {
        guard command.purpose == .call, !command.isGivenUp else { return }
        events.append(.failure(tag: command.tag, failure))
    }
}

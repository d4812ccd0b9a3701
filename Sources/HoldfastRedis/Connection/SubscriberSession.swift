package import HoldfastBase

/// The subscription to one channel of one node, for as long as the server runs.
///
/// Messages are hints: Redis forgets those that it cannot deliver, so whoever listens looks for
/// itself after each `subscribed`. A connection whose peer is gone without a word would look like one
/// on which nothing happens; therefore silence is met with PING, and an answer that does not come
/// ends the connection.
///
/// A subscribed connection takes no other commands. That is why this is a machine and a connection
/// of its own beside `NodeSession`.
///
/// States: stopped → connecting → greeting → subscribed, from each of which → paused → connecting,
/// and → stopped.
@safe
package struct SubscriberSession: ~Copyable {
    private enum Phase {
        /// → connecting by `start`.
        case stopped
        /// → connecting when the time has come.
        case paused(until: Instant)
        /// → greeting by `connected`; → paused.
        case connecting(deadline: Instant)
        /// → subscribed when the node confirms it; → paused. `left` answers come before that.
        case greeting(deadline: Instant, left: Int)
        /// → paused. A ping that has no answer yet has a deadline.
        case subscribed(since: Instant, answerDue: Instant?)
    }

    private let settings: SubscriberSettings
    private var phase = Phase.stopped
    private var reader: ReplyReader
    private var writer = RedisCommandWriter()
    private var sent = 0
    private var heard = Instant.zero
    private var demand: TransportDemand?
    private var events: [SubscriberEvent] = []
    private var pause: ReconnectPause

    /// - Parameter seed: what the pauses before attempts depend on, besides the settings.
    package init(settings: SubscriberSettings, seed: UInt64) {
        self.settings = settings
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
    package mutating func takeEvents(into batch: inout [SubscriberEvent]) {
        guard !events.isEmpty else { return }
        swap(&batch, &events)
    }

    package var hasOutput: Bool { sent < writer.queue.count }

    /// What is to be written now. Valid until the next mutation.
    @unsafe
    package var output: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: writer.queue.unsafeBytes[sent...])
    }

    /// The transport has taken so many bytes of the output.
    package mutating func written(_ size: Int) {
        sent += max(0, size)
        guard sent >= writer.queue.count else { return }
        writer.removeAll()
        sent = 0
    }

    /// When `timeReached` is due, at the latest.
    package var wake: Instant {
        switch phase {
        case .stopped: .never
        case .paused(let instant), .connecting(let instant), .greeting(let instant, _): instant
        case .subscribed(_, let due?): due
        case .subscribed(_, nil): heard + settings.pingInterval
        }
    }

    // MARK: For the owner

    package var isSubscribed: Bool {
        if case .subscribed = phase { return true }
        return false
    }

    /// Whether a transport is being opened.
    package var isConnecting: Bool {
        if case .connecting = phase { return true }
        return false
    }

    /// Begins to connect, and goes on doing so until `stop`.
    package mutating func start(now: Instant) {
        guard case .stopped = phase else { return }
        connect(now: now)
    }

    /// Ends the subscription for good.
    package mutating func stop(now: Instant) {
        if case .stopped = phase { return }
        close(.stopped, now: now)
    }

    // MARK: Events

    /// The transport is open. `credentials` are those of this moment.
    package mutating func connected(credentials: NodeCredentials?, now: Instant) {
        guard case .connecting = phase else { return }
        var answers = 0
        if let credentials {
            writer.command(
                ["AUTH"] + (credentials.user.map { [$0] } ?? []) + [credentials.password])
            answers += 1
        }
        if !settings.clientName.isEmpty {
            writer.command(["CLIENT", "SETNAME", settings.clientName])
            answers += 1
        }
        writer.begin(words: 2)
        writer.append("SUBSCRIBE")
        writer.append(settings.channel)
        phase = .greeting(deadline: now + settings.handshakeTimeout, left: answers)
    }

    /// The transport has ended, or could not be opened.
    package mutating func closed(_ reason: NodeCloseReason, now: Instant) {
        switch phase {
        case .connecting, .greeting, .subscribed: close(reason, now: now)
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
        case .greeting(let deadline, _):
            if now >= deadline { close(.handshakeTimeout, now: now) }
        case .subscribed(_, let due?):
            if now >= due { close(.silent, now: now) }
        case .subscribed(let since, nil):
            guard now >= heard + settings.pingInterval else { break }
            writer.command(["PING"])
            phase = .subscribed(since: since, answerDue: now + settings.pingTimeout)
        }
    }

    /// Bytes of this connection, in their order.
    package mutating func received(_ bytes: RawSpan, now: Instant) {
        guard isOpen else { return }
        reader.feed(bytes)
        while isOpen {
            switch reader.next() {
            case .starved: return
            case .value(let value): take(value, now: now)
            case .violation(let violation): close(.violation(violation), now: now)
            }
        }
    }

    private var isOpen: Bool {
        switch phase {
        case .greeting, .subscribed: true
        case .stopped, .paused, .connecting: false
        }
    }

    private mutating func take(_ value: RedisValue, now: Instant) {
        heard = now
        switch phase {
        case .stopped, .paused, .connecting: break
        case .greeting(let deadline, let left): greeted(value, deadline, left, now: now)
        case .subscribed(let since, _):
            // Whatever comes shows that the node is there.
            phase = .subscribed(since: since, answerDue: nil)
            pushed(value, now: now)
        }
    }

    private mutating func greeted(
        _ value: RedisValue, _ deadline: Instant, _ left: Int, now: Instant
    ) {
        if case .error(let text) = value {
            let failure = RedisFailure(error: text)
            // A name that the node does not take is no reason to go without messages.
            let isName = left == 1 && !settings.clientName.isEmpty
            guard isName, failure == .noPermission else {
                close(.refused(failure), now: now)
                return
            }
        } else if left == 0 {
            guard case .array(let words) = value, words.count == 3,
                words[0] == .bulk(Array("subscribe".utf8)), words[1] == .bulk(settings.channel)
            else {
                close(.violation(.unexpected), now: now)
                return
            }
            phase = .subscribed(since: now, answerDue: nil)
            events.append(.subscribed)
            return
        }
        phase = .greeting(deadline: deadline, left: left - 1)
    }

    private mutating func pushed(_ value: RedisValue, now: Instant) {
        switch value {
        case .error(let text):
            let failure = RedisFailure(error: text)
            close(failure == .notAuthenticated ? .unauthenticated : .refused(failure), now: now)
        case .array(let words):
            guard case .bulk(let kind)? = words.first else { break }
            if kind.elementsEqual("pong".utf8) { return }
            guard words.count == 3, kind.elementsEqual("message".utf8),
                words[1] == .bulk(settings.channel), case .bulk(let payload) = words[2]
            else { break }
            events.append(.message(payload))
            return
        case .null, .integer, .status, .bulk: break
        }
        if isOpen { close(.violation(.unexpected), now: now) }
    }

    // MARK: Beginning and ending

    private mutating func connect(now: Instant) {
        phase = .connecting(deadline: now + settings.connectTimeout)
        demand = .connect
    }

    private mutating func close(_ reason: NodeCloseReason, now: Instant) {
        if case .subscribed(let since, _) = phase, now - since >= settings.steadyAfter {
            pause.reset()
        }
        phase = reason == .stopped ? .stopped : .paused(until: now + pause.next())
        demand = .close
        reader = ReplyReader(limits: settings.replies)
        writer.removeAll()
        sent = 0
        events.append(.closed(reason))
    }
}

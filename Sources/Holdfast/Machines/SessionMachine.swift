internal import HoldfastBase
internal import HoldfastWire

/// Decides about one session of a client: opened, kept alive by one call every interval whatever the
/// number of its grants, compared with what the servers believe, and ended. A pure value.
///
/// Its deadline is that of the last keep-alive that was confirmed and agreed on what is held, counted
/// from its sending. Until then every failure is survived: the keep-alive is sent again, and where the
/// server says nothing at all, another is tried. Past the deadline the session is lost, for good.
struct SessionMachine: Sendable {
    /// Exits: opening → alive, over; alive → over.
    enum Phase: Equatable, Sendable {
        case opening
        case alive
        case over(End)
    }

    /// How it ended.
    enum End: Equatable, Sendable {
        case lost(LossReason)
        /// Nobody needs it, or its owner closed it.
        case closed
        /// It could not be opened.
        case failed(RPCError)
    }

    /// What the shell does; in this order.
    enum Action: Equatable, Sendable {
        case sendOpen(attempt: UInt64, timeout: Interval)
        case sendKeepAlive(UInt64, timeout: Interval)
        case sendList(UInt64, timeout: Interval)
        case sendClose
        /// Those who wait for the session may use it.
        case tellOpened
        /// A keep-alive is on its way: tell all guards.
        case tellRenewing
        /// These guards are held until then.
        case extend([RequestID], until: Instant)
        /// All guards look at the time.
        case tellTime
        /// These guards are lost, and what is left of them is to be given back.
        case lose([RequestID], LossReason)
        /// A grant that nobody here knows of.
        case giveBack(SessionLedger.Listed)
        /// Nothing has come from the server since then, or nothing that helps.
        case suspectServer(since: Instant)
        case tellEnd(End)
    }

    private struct KeepAlive: Sendable {
        let sent: Instant
        let version: UInt64
    }

    private struct Comparison: Sendable {
        let number: UInt64
        let keepAlive: KeepAlive
    }

    /// Most keep-alives on their way at once; more are not sent before one has ended.
    private static let onTheWayMax = 4
    private static let openPauseMax = Interval.milliseconds(1000)

    let id: RequestID
    let ttl: Interval
    let interval: Interval
    private(set) var phase = Phase.opening
    private(set) var deadline = Instant.zero
    private(set) var ledger = SessionLedger()
    /// Whether it stays open when nothing is held in it.
    let isOwned: Bool
    private var onTheWay: [UInt64: KeepAlive] = [:]
    private var comparison: Comparison?
    private var lastNumber: UInt64 = 0
    private var nextSend: Instant
    private var lastSent = Instant.zero
    private var failures = 0
    /// Until when somebody waits for the session to open.
    private var openUntil = Instant.zero
    private var openSent: Instant?
    private var emptySince: Instant?

    init(
        id: RequestID, ttl: Interval, interval: Interval, isOwned: Bool = false, now: Instant
    ) {
        self.id = id
        self.ttl = ttl
        self.interval = interval
        self.isOwned = isOwned
        nextSend = now
    }

    /// After so long without an answer another keep-alive is sent, perhaps to another server.
    private var patience: Interval { max(ttl.thousandths(150), .milliseconds(200)) }

    /// When guards have to look at the time.
    private var riskBegins: Instant {
        deadline + Interval(nanoseconds: -ttl.thousandths(400).nanoseconds)
    }
    private var isRiskTold = false

    /// `timeReached` is to be called no later than this.
    var wake: Instant {
        switch phase {
        case .opening: openSent == nil ? nextSend : .never
        case .alive: min(min(nextSend, deadline), isRiskTold ? .never : riskBegins)
        case .over: .never
        }
    }

    // MARK: Those who use it

    /// Somebody waits for the session until then; false when it is over.
    mutating func wanted(until instant: Instant) -> Bool {
        if case .over = phase { return false }
        openUntil = max(openUntil, instant)
        emptySince = nil
        return true
    }

    /// An acquire in the session begins; false when it is over or not open.
    mutating func acquireBegan(_ id: RequestID) -> Bool {
        guard phase == .alive else { return false }
        ledger.began(id)
        emptySince = nil
        return true
    }

    /// An acquire has ended without a grant; where one may still be made, it is being given back.
    mutating func acquireEnded(_ id: RequestID, isOpen: Bool) {
        if isOpen { ledger.leave(id) } else { ledger.ended(id) }
    }

    /// Granted: the deadline it has, or `nil` when the session is over.
    mutating func acquired(
        _ id: RequestID, names: [String], isElection: Bool, fence: UInt64, isJoined: Bool,
        now: Instant
    ) -> Instant? {
        guard phase == .alive, now < deadline else { return nil }
        ledger.acquired(
            id, names: names, isElection: isElection, fence: fence, isJoined: isJoined)
        return deadline
    }

    /// A guard is done with its grant, which is on its way back.
    mutating func releaseBegan(_ id: RequestID) { ledger.leave(id) }

    /// The release was answered, or nobody asks any more.
    mutating func releaseEnded(_ id: RequestID) { ledger.left(id) }

    /// The owner closes it; or only forgets it, and the servers find out when its time is over.
    mutating func closeAsked(isTold: Bool = true) -> [Action] {
        switch phase {
        // While it opens, an open may be on its way.
        case .opening, .alive: return end(.closed) + (isTold ? [.sendClose] : [])
        case .over: return []
        }
    }

    // MARK: Opening

    mutating func opened(attempt: UInt64, sent: Instant, _ now: Instant) -> [Action] {
        guard phase == .opening else { return [] }
        openSent = nil
        deadline = Validity.end(sent: sent, ttl: ttl)
        guard now < deadline else { return openFailed(nil, now) }
        phase = .alive
        failures = 0
        lastSent = sent
        nextSend = sent + interval
        return [.tellOpened]
    }

    /// - Parameter error: `nil` when the answer came too late.
    mutating func openFailed(_ error: RPCError?, _ now: Instant) -> [Action] {
        guard phase == .opening else { return [] }
        openSent = nil
        failures += 1
        if let error, !AcquireMachine.mayRepeat(error) { return end(.failed(error)) }
        let pause: Interval =
            failures == 1 ? .milliseconds(10) : .milliseconds(50 << min(6, Int64(failures)))
        nextSend = now + min(pause, Self.openPauseMax)
        guard nextSend < openUntil else {
            let unanswered = RPCError(.unavailable, "no session could be opened in time")
            return end(.failed(error ?? unanswered))
        }
        return []
    }

    private mutating func sendOpen(_ now: Instant) -> [Action] {
        guard openSent == nil, now >= nextSend else { return [] }
        openSent = now
        lastNumber += 1
        let left = max(openUntil - now, .milliseconds(100))
        return [.sendOpen(attempt: lastNumber, timeout: min(left, .milliseconds(5000)))]
    }

    // MARK: Time

    mutating func timeReached(_ now: Instant) -> [Action] {
        switch phase {
        case .opening: return sendOpen(now)
        case .over: return []
        case .alive: break
        }
        guard now < deadline else { return end(.lost(.expired)) }
        var actions: [Action] = []
        if now >= nextSend {
            if ledger.isEmpty, !isOwned, isIdle(now) { return end(.closed) + [.sendClose] }
            actions += sendKeepAlive(now)
        }
        if now >= riskBegins, !isRiskTold {
            isRiskTold = true
            actions.append(.tellTime)
        }
        return actions
    }

    /// Whether nothing was held for a while. The first time, it is noted.
    private mutating func isIdle(_ now: Instant) -> Bool {
        guard let emptySince else {
            emptySince = now
            return false
        }
        return emptySince + ttl <= now
    }

    private mutating func sendKeepAlive(_ now: Instant) -> [Action] {
        var actions: [Action] = []
        if !onTheWay.isEmpty, now >= lastSent + patience {
            actions.append(.suspectServer(since: lastSent))
        }
        nextSend = now + patience
        guard onTheWay.count < Self.onTheWayMax else { return actions }
        if onTheWay.isEmpty { actions.append(.tellRenewing) }
        lastNumber += 1
        onTheWay[lastNumber] = KeepAlive(sent: now, version: ledger.version)
        lastSent = now
        // Whoever answers before the end is listened to.
        actions.append(.sendKeepAlive(lastNumber, timeout: deadline - now))
        return actions
    }

    // MARK: Answers to a keep-alive

    mutating func keptAlive(
        _ number: UInt64, lost: [RequestID], count: UInt64, digest: UInt64, _ now: Instant
    ) -> [Action] {
        guard phase == .alive, let keepAlive = onTheWay.removeValue(forKey: number) else {
            return []
        }
        guard now < deadline else { return end(.lost(.expired)) }
        var actions = lose(lost)
        if count == ledger.count, digest == ledger.digest {
            comparison = nil
            return actions + confirm(keepAlive)
        }
        // The server believes in other grants than we do: which?
        lastNumber += 1
        comparison = Comparison(number: lastNumber, keepAlive: keepAlive)
        actions.append(.sendList(lastNumber, timeout: min(patience, deadline - now)))
        return actions
    }

    mutating func keepAliveFailed(
        _ number: UInt64, isSessionOver: Bool, _ now: Instant
    ) -> [Action] {
        guard phase == .alive, let keepAlive = onTheWay.removeValue(forKey: number) else {
            return []
        }
        if isSessionOver { return end(.lost(.sessionOver)) }
        return goOn(after: keepAlive, now)
    }

    private mutating func goOn(after keepAlive: KeepAlive, _ now: Instant) -> [Action] {
        guard now < deadline else { return end(.lost(.expired)) }
        failures += 1
        let pause = min(max(ttl.thousandths(50), .milliseconds(10)), .milliseconds(1000))
        nextSend = now + (failures == 1 ? .milliseconds(5) : pause)
        return []
    }

    /// A server did not know the session: the next keep-alive is sent at once, and tells.
    mutating func doubted(_ now: Instant) -> [Action] {
        guard phase == .alive, onTheWay.isEmpty else { return [] }
        nextSend = now
        return timeReached(now)
    }

    mutating func listed(
        _ number: UInt64, _ list: [SessionLedger.Listed], _ now: Instant
    ) -> [Action] {
        guard phase == .alive, let comparison, comparison.number == number else { return [] }
        self.comparison = nil
        guard now < deadline else { return end(.lost(.expired)) }
        let found = ledger.compare(list, upTo: comparison.keepAlive.version)
        var actions = lose(found.missing)
        actions += found.strangers.map { .giveBack($0) }
        return actions + confirm(comparison.keepAlive)
    }

    mutating func listFailed(_ number: UInt64, _ now: Instant) -> [Action] {
        guard phase == .alive, let comparison, comparison.number == number else { return [] }
        self.comparison = nil
        return goOn(after: comparison.keepAlive, now)
    }

    private mutating func confirm(_ keepAlive: KeepAlive) -> [Action] {
        failures = 0
        let end = Validity.end(sent: keepAlive.sent, ttl: ttl)
        deadline = max(deadline, end)
        isRiskTold = false
        nextSend = keepAlive.sent + interval
        return [.extend(ledger.holders(upTo: keepAlive.version), until: deadline)]
    }

    /// Takes grants out of the ledger; what a node may still have of them is given back.
    private mutating func lose(_ ids: [RequestID]) -> [Action] {
        let held = ids.filter { ledger.primaryOf[$0] != nil }
        guard !held.isEmpty else { return [] }
        for id in held { ledger.leave(id) }
        return [.lose(held, .takenAway)]
    }

    private mutating func end(_ how: End) -> [Action] {
        phase = .over(how)
        onTheWay = [:]
        comparison = nil
        return [.tellEnd(how)]
    }
}

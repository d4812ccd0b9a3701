import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// One thread of a client: takes a lock, works under it, gives it back, and again.
final class LockWorker {
    unowned let client: SimulatedClient
    private(set) var hold: LockHold?
    private var wish: LockWish?
    /// Asked to be released, and not answered yet.
    private var leaving: Set<GrantID> = []

    init(_ client: SimulatedClient) {
        self.client = client
    }

    var traits: Set<ScenarioTrait> { client.world.scenario.traits }
    /// New locks are taken while things go wrong, not after.
    private var mayBegin: Bool {
        !client.isClosing && (client.world.phase == .warmUp || client.world.phase == .chaos)
    }

    func start() {
        rest()
    }

    private func rest() {
        let longest: Int64 = client.dice(3) ? 400 : 40
        client.after(.milliseconds(client.draw(1...longest)), "begin") { [self] in begin() }
    }

    // MARK: Taking

    private func begin() {
        guard mayBegin, hold == nil, wish == nil else { return }
        if traits.contains(.force), client.draw(0...39) == 0 { force() }
        let wish = makeWish()
        self.wish = wish
        sendAcquire()
    }

    private func makeWish() -> LockWish {
        let scenario = client.world.scenario
        var names = [scenario.key(Int(client.draw(0...Int64(scenario.keys - 1))))]
        if traits.contains(.multi), client.dice(3) {
            for key in 0..<scenario.keys where client.dice(5) {
                if !names.contains(scenario.key(key)) { names.append(scenario.key(key)) }
            }
        }
        let isShared = client.dice(4) && traits.contains(.shared)
        let ttl = scenario.ttls[Int(client.draw(0...Int64(scenario.ttls.count - 1)))]
        var wish = LockWish(
            names: names, grant: client.world.newGrant(client.index),
            mode: isShared ? .shared : .exclusive, ttlMilliseconds: ttl,
            patience: .milliseconds(1500))
        if let session = client.session, session.isAlive, client.dice(6) {
            wish.session = session.id
            if traits.contains(.maxHold), client.dice(4) { wish.maxHoldMilliseconds = ttl }
        }
        if traits.contains(.waiting), client.dice(7) {
            wish.waitMilliseconds = UInt64(client.draw(100...4000))
        }
        wish.patience = .milliseconds(Int64(wish.waitMilliseconds) + 1500)
        if traits.contains(.deadline), client.dice(3) {
            wish.patience = .milliseconds(client.draw(20...(Int64(wish.waitMilliseconds) + 500)))
        }
        if traits.contains(.lockDelay), client.dice(3) {
            wish.lockDelayMilliseconds = UInt64(client.draw(200...1500))
        }
        if traits.contains(.strength), client.dice(2) { wish.minStrength = scenario.nodes }
        return wish
    }

    private func sendAcquire() {
        guard var wish else { return }
        wish.sendings += 1
        if wish.sendings == 1 { wish.firstSent = client.local }
        self.wish = wish
        let records = client.opened(.acquire, wish.names, wish.grant)
        let waited = UInt64(
            clamping: (client.local - wish.firstSent).nanoseconds / 1_000_000)
        let call = client.call(
            .acquire(wish.request(waited: waited)), patience: wish.patience
        ) { [self] answer in acquired(answer, records) }
        guard let call, traits.contains(.cancel), wish.waitMilliseconds > 0, client.dice(2) else {
            return
        }
        let after = client.draw(1...Int64(wish.waitMilliseconds))
        client.after(.milliseconds(after), "cancel") { [self] in cancel(call) }
    }

    private func cancel(_ call: CallID) {
        guard let wish, client.isWaiting(call) else { return }
        client.cancel(call) { [self] outcome in
            // The grant was on its way: nobody wants it.
            if case .granted = outcome { giveUp(wish) }
        }
        self.wish = nil
        rest()
    }

    private func acquired(_ answer: CallAnswer, _ records: Range<Int>) {
        guard let wish else { return }
        switch answer {
        case .outcome(.granted(let granted)): take(wish, granted, records)
        case .outcome(.notHeld(let notHeld)):
            client.closed(
                records, .notHeld(by: wish.names.count == 1 ? notHeld.holderNumber : nil))
            // An earlier sending may still be on its way.
            if wish.sendings > 1 { giveUp(wish) }
            self.wish = nil
            rest()
        case .outcome(.failed(let failure)):
            client.closed(records, .failed("\(failure.code)"))
            failed(wish, isOpen: failure.code == .unavailable || failure.code == .unknown)
            if failure.code == .unavailable { client.moveOn() }
        case .outcome, .broken: failed(wish, isOpen: true)
        case .notSent:
            client.closed(records, .failed("not sent"))
            failed(wish, isOpen: true)
        }
    }

    /// Nobody knows whether it will be granted: asks again, or makes sure that it is not held.
    private func failed(_ wish: LockWish, isOpen: Bool) {
        if isOpen, traits.contains(.retry), wish.sendings < 4, mayBegin, client.dice(8) {
            client.world.coverage.note(.retries)
            client.after(.milliseconds(client.draw(1...200)), "send again") { [self] in
                sendAcquire()
            }
            return
        }
        // In a session it would stay as long as that.
        if isOpen || wish.sendings > 1, client.dice(7) || wish.session != nil { giveUp(wish) }
        self.wish = nil
        rest()
    }

    private func giveUp(_ wish: LockWish) {
        release(
            wish.names, wish.grant, isSole: false, mustBeHeld: false,
            triesLeft: wish.session == nil ? 2 : 100)
    }

    private func take(_ wish: LockWish, _ granted: Outcome.Granted, _ records: Range<Int>) {
        client.world.coverage.note(.grants)
        self.wish = nil
        var longest = Instant.never
        if wish.session != nil, wish.maxHoldMilliseconds > 0 {
            longest = SimulatedClient.deadline(
                sent: wish.firstSent,
                milliseconds: granted.waitedMilliseconds + wish.maxHoldMilliseconds)
        }
        var deadline = SimulatedClient.deadline(
            sent: wish.firstSent,
            milliseconds: granted.waitedMilliseconds + wish.ttlMilliseconds)
        #if HOLDFAST_PLANTS
            if Plant.deadlineFromReply.isActive {
                deadline = SimulatedClient.deadline(
                    sent: client.local, milliseconds: wish.ttlMilliseconds)
            }
        #endif
        if let session = wish.session {
            let isMine = client.session?.id == session && client.session?.isAlive == true
            deadline = isMine ? client.session?.deadline ?? .zero : .zero
        }
        let hold = LockHold(
            wish, mode: wish.mode, fence: granted.fence, deadline: deadline, longest: longest)
        client.closed(records, .granted(told(hold, strength: granted.strength)))
        self.hold = hold
        guard client.local < hold.deadline else {
            lose(because: "late")
            return
        }
        watch(hold)
        work(hold)
    }

    func told(_ hold: LockHold, strength: Int) -> HistoryGrant {
        HistoryGrant(
            id: hold.grant.low, fence: hold.fence, strength: strength,
            mode: hold.mode == .shared ? .shared : .exclusive,
            deadline: client.clock.instant(ofLocal: hold.deadline))
    }

    // MARK: Holding

    /// Stops at the deadline, whatever else is under way.
    private func watch(_ hold: LockHold) {
        let deadline = hold.deadline
        client.at(local: deadline, "deadline") { [self] in
            guard self.hold === hold else { return }
            if client.local >= hold.deadline { lose(because: "deadline") } else { watch(hold) }
        }
    }

    private func work(_ hold: LockHold) {
        let ttl = Int64(clamping: hold.ttlMilliseconds)
        let kind = client.isClosing ? 0 : client.draw(0...9)
        let longest = kind < 6 ? max(2, ttl / 8) : kind < 8 ? ttl * 2 : ttl * 6
        let length = client.draw(1...longest)
        if hold.mode == .exclusive { useResource(hold) }
        if hold.session == nil, length > ttl / 3 { planRenewal(hold, ttl / 3) }
        if traits.contains(.change), client.dice(4), hold.names.count == 1 || client.dice(5) {
            client.after(.milliseconds(client.draw(1...max(2, length))), "change") { [self] in
                if isHeld(hold) { change(hold) }
            }
        }
        // One in ten forgets.
        if kind == 9 { return }
        client.after(.milliseconds(length), "enough") { [self] in
            if self.hold === hold { releaseHold() }
        }
    }

    /// A client that was asleep finds out before it does anything.
    func isHeld(_ hold: LockHold) -> Bool {
        guard self.hold === hold else { return false }
        guard client.local < hold.deadline else {
            lose(because: "deadline")
            return false
        }
        return true
    }

    func lose(because why: String) {
        guard let hold else { return }
        client.world.coverage.note(.lost)
        client.world.trace("client \(client.index)", "g\(hold.grant.low) is lost: \(why)")
        client.closed(client.opened(.lost, hold.names, hold.grant), .lost)
        self.hold = nil
        // What lives on its own ends by itself.
        if client.dice(5) || hold.session != nil {
            release(
                hold.names, hold.grant, isSole: false, mustBeHeld: false,
                triesLeft: hold.session == nil ? 1 : 100)
        }
        rest()
    }

    /// It counts on its grant in another mode, under this fence.
    func changed(_ hold: LockHold, _ mode: LockMode, _ fence: Fence) {
        hold.mode = mode
        hold.fence = fence
        if mode == .exclusive { useResource(hold) }
    }

    /// Its session was kept alive.
    func extended(to deadline: Instant, _ records: Range<Int>, strength: Int?) {
        guard let hold, isHeld(hold) else { return }
        hold.deadline = max(hold.deadline, min(deadline, hold.longest))
        client.closed(
            records, .granted(told(hold, strength: strength ?? client.world.history.quorum)))
    }

    // MARK: Renewing

    private func planRenewal(_ hold: LockHold, _ milliseconds: Int64) {
        client.after(.milliseconds(max(1, milliseconds)), "renew") { [self] in
            if isHeld(hold) { renew(hold) }
        }
    }

    private func renew(_ hold: LockHold) {
        let sent = client.local
        let mode = hold.mode
        let records = client.opened(.renew, hold.names, hold.grant)
        client.call(
            .renew(
                names: hold.names, grant: hold.grant, ttlMilliseconds: hold.ttlMilliseconds),
            patience: .milliseconds(max(50, Int64(clamping: hold.ttlMilliseconds / 3)))
        ) { [self] answer in
            guard isHeld(hold) else { return }
            switch answer {
            case .outcome(.renewed(let fence, let strength)):
                client.world.coverage.note(.renewals)
                hold.deadline = max(
                    hold.deadline,
                    SimulatedClient.deadline(sent: sent, milliseconds: hold.ttlMilliseconds))
                var grant = told(hold, strength: strength)
                // An upgrade that was refused may have left a reader with a larger fence on a quorum,
                // which takes nothing from anybody.
                let isRaised = hold.mode == .shared && fence > hold.fence
                if fence > 0, !isRaised { grant.fence = fence }
                // What a change has overtaken tells of what was before it.
                if hold.mode == mode { client.closed(records, .granted(grant)) }
                planRenewal(hold, Int64(clamping: hold.ttlMilliseconds / 3))
            case .outcome(.failed(let failure)) where failure.code == .notOwner:
                client.closed(records, .notOwner)
                lose(because: "not the owner")
            default:
                planRenewal(hold, Int64(clamping: hold.ttlMilliseconds / 10))
            }
        }
    }

    // MARK: Giving back

    private func releaseHold() {
        guard let hold, isHeld(hold) else { return }
        self.hold = nil
        // In a session it would stay as long as that: asks until it is answered.
        release(
            hold.names, hold.grant, isSole: hold.sendings == 1, mustBeHeld: true,
            triesLeft: hold.session == nil ? 3 : 100)
        rest()
    }

    private func release(
        _ names: [String], _ grant: GrantID, isSole: Bool, mustBeHeld: Bool, triesLeft: Int
    ) {
        let records = client.opened(.release, names, grant)
        leaving.insert(grant)
        client.call(
            .release(names: names, grant: grant, isSole: isSole), patience: .milliseconds(1500)
        ) { [self] answer in
            switch answer {
            case .outcome(.released(let wasHeld)):
                client.world.coverage.note(.releases)
                let outcome: HistoryOutcome =
                    wasHeld ? .released : mustBeHeld ? .notOwner : .unknown
                client.closed(records, outcome)
                leaving.remove(grant)
            case .outcome, .broken, .notSent:
                guard triesLeft > 0 else {
                    leaving.remove(grant)
                    return
                }
                client.after(.milliseconds(client.draw(10...300)), "release again") { [self] in
                    release(
                        names, grant, isSole: isSole, mustBeHeld: false,
                        triesLeft: triesLeft - 1)
                }
            }
        }
    }

    /// The server has a grant in our session that we do not count on.
    func returnStranger(_ names: [String], _ grant: GrantID) {
        release(names, grant, isSole: false, mustBeHeld: false, triesLeft: 0)
    }

    /// Whether it is about to get this grant, or to give it back.
    func looksAfter(_ grant: GrantID) -> Bool {
        wish?.grant == grant || hold?.grant == grant || leaving.contains(grant)
    }

    func close() {
        if hold != nil { releaseHold() }
    }

    // MARK: The resource

    /// Reads and writes a register outside under the fence.
    private func useResource(_ hold: LockHold) {
        let name = hold.names[0]
        let fence = hold.fence
        client.after(.microseconds(client.draw(50...2000)), "read") { [self] in
            guard isHeld(hold) else { return }
            guard let value = client.world.resources[name, default: .init()].read(fence: fence)
            else { return }
            let pause = client.dice(2) ? client.draw(1000...200_000) : client.draw(50...3000)
            client.after(.microseconds(pause), "write") { [self] in
                guard isHeld(hold) else { return }
                write(name, fence, value)
            }
        }
    }

    /// What is written goes over a network of its own, and may arrive when the lock is another's.
    private func write(_ name: String, _ fence: Fence, _ value: Int64) {
        let world = client.world
        let way = client.dice(1) ? client.draw(0...3_000_000) : client.draw(20...2000)
        client.after(.microseconds(way), "written") { [index = client.index] in
            let last = world.resources[name, default: .init()].written
            let isAccepted = world.resources[name, default: .init()].write(value + 1, fence: fence)
            world.coverage.note(isAccepted ? .writes : .staleWrites)
            // Refused for a reader that has not written yet: right, and no business of the checker.
            if !isAccepted, fence > last { return }
            world.history.resourceLog.append(
                ResourceEntry(
                    resource: name, client: UInt32(index), fence: fence, at: world.now,
                    isAccepted: isAccepted, read: value, written: value + 1))
        }
    }
}

extension World {
    /// A name for a grant or session that nobody else has.
    func newGrant(_ client: Int) -> GrantID {
        lastGrant += 1
        return GrantID(high: UInt64(client) + 1, low: lastGrant)
    }
}

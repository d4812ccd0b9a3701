internal import HoldfastBase
internal import HoldfastNode

/// Watching keys. The logs of the nodes are read as for locks; which keys changed is told to the flow of
/// each watcher, which has them read when it can take more.
extension Brain {
    /// Opens a stream of keys: what is there, or with a token what has changed since, then each change.
    mutating func watchKeys(_ call: CallID, _ wanted: KeyWatch) {
        let wasActive = watching.isActive
        var watcher = Watching.Watcher(filter: wanted.filter)
        watcher.isListed = true
        var flow = newFlow()
        switch wanted.scope {
        // These few are told in any case, also that there are none.
        case .names(let names): for name in names { flow.changed(name) }
        case .prefix:
            if wanted.token == nil, !wanted.isChangesOnly { flow.listing = .due(after: "") }
        }
        watcher.flow = flow
        watching.watchers[call] = watcher
        if !wasActive { for node in cluster.voters { heartbeat(node) } }
        if let token = wanted.token, case .prefix = wanted.scope { resume(call, token) }
        // The logs before the keys: what changes between is in the logs.
        if !wasActive { pollChanges() }
        pump(call)
    }

    /// Registers that are in a log.
    mutating func keysChanged(_ names: [String]) {
        guard !names.isEmpty else { return }
        for call in watching.watchers.keys.sorted() {
            guard watching.watchers[call]?.flow != nil else { continue }
            for name in names
            where watching.watchers[call]?.filter.matches(RegisterLog.entry(name)) == true {
                watching.watchers[call]?.flow?.changed(name)
            }
            if watching.watchers[call]?.flow?.isOverfull == true {
                giveUp(call)
            } else {
                pump(call)
            }
        }
    }

    private mutating func newFlow() -> KeyFlow {
        watching.flows += 1
        return KeyFlow(number: watching.flows, listing: .over)
    }

    private mutating func giveUp(_ call: CallID) {
        unwatch(call)
        respond(
            call,
            .failed(
                Failure(
                    .overloaded, "more keys have changed than the watcher has taken: watch anew")))
    }

    /// Changes may have been missed: the watcher is told so, and everything again.
    mutating func restart(_ call: CallID) {
        guard let watcher = watching.watchers[call], let earlier = watcher.flow else { return }
        var flow = newFlow()
        flow.follow(earlier)
        switch watcher.filter {
        case .prefix: flow.listing = .due(after: "")
        case .names(let entries):
            for entry in entries { flow.changed(RegisterLog.register(entry) ?? entry) }
        }
        watching.watchers[call]?.flow = flow
        watching.watchers[call]?.resuming = [:]
        watching.watchers[call]?.isSynced = false
        actions.append(.emit(call, .keysRestarted))
        pump(call)
    }

    /// Whether the logs of these nodes, read without a gap, have every change that a quorum has made.
    func suffices(_ continuous: NodeSet) -> Bool {
        continuous.count > cluster.configuration.nodes - cluster.configuration.quorum
    }

    // MARK: The flow

    /// Sends what is ready, reads what is next, asks for more names.
    mutating func pump(_ call: CallID) {
        guard let number = watching.watchers[call]?.flow?.number else { return }
        send(call)
        let readings = watching.watchers[call]?.flow?.nextReadings() ?? []
        if !readings.isEmpty {
            let watcher = KeyWatcher(call: call, flow: number)
            for reading in readings {
                keys.look(watcher, reading.name, isListed: reading.isListed, at: now)
            }
            runKeys()
        }
        askForNames(call)
        settleFlow(call)
    }

    private mutating func send(_ call: CallID) {
        guard watching.watchers[call]?.flow?.isBlocked == false else { return }
        while let news = watching.watchers[call]?.flow?.nextNews() {
            actions.append(.emit(call, .key(name: news.name, news.view)))
            if let left = news.view?.remainingMilliseconds { lookAgain(news.name, after: left) }
        }
        if watching.watchers[call]?.flow?.isBlocked == true { actions.append(.tellWhenSent(call)) }
    }

    private mutating func askForNames(_ call: CallID) {
        guard case .prefix(let entry) = watching.watchers[call]?.filter,
            let number = watching.watchers[call]?.flow?.number,
            let after = watching.watchers[call]?.flow?.nextPage()
        else { return }
        keys.names(
            KeyWatcher(call: call, flow: number),
            KeyPage(
                prefix: RegisterLog.register(entry) ?? entry, after: after,
                limit: KeyFlow.namesPage), at: now)
        runKeys()
    }

    /// Says where to go on from, when the watcher has been told everything up to there.
    private mutating func settleFlow(_ call: CallID) {
        guard let watcher = watching.watchers[call], let flow = watcher.flow, flow.isQuiet,
            watcher.resuming.isEmpty, !watcher.isSynced,
            cluster.voters.allSatisfy({ watching.places[$0] != nil })
        else { return }
        tellPlace(call)
    }

    private mutating func tellPlace(_ call: CallID) {
        watching.watchers[call]?.isSynced = true
        watching.watchers[call]?.flow?.hasNews = false
        actions.append(.emit(call, .synced(WatchToken(places: watching.places.compactMap { $0 }))))
    }

    /// A value that was told ends by itself.
    private mutating func lookAgain(_ name: String, after milliseconds: UInt64) {
        let entry = RegisterLog.entry(name)
        let end = now.instant + .milliseconds(Int64(clamping: milliseconds)) + .milliseconds(5)
        guard end < watching.checks[entry] ?? .never else { return }
        watching.checks[entry] = end
        timers.add(.watchCheck(entry), at: end)
    }

    // MARK: What happened

    /// A key was read for a watcher.
    mutating func keyLooked(
        _ watcher: KeyWatcher, _ name: String, isListed: Bool, _ outcome: KeyOutcome
    ) {
        let call = watcher.call
        guard watching.watchers[call]?.flow?.number == watcher.flow else { return }
        switch outcome {
        case .value(let view):
            watching.watchers[call]?.flow?.read(name, isListed: isListed, view)
        case .malformed:
            // Nobody can say what it is.
            watching.watchers[call]?.flow?.read(name, isListed: true, nil)
        case .applied, .mismatch, .stale, .unproved, .tooManyGuards, .unknown, .unavailable:
            watching.watchers[call]?.flow?.failed(name, isListed: isListed)
        }
        pump(call)
    }

    /// - Parameter names: `nil` where too few nodes said theirs.
    mutating func keyNamesRead(_ watcher: KeyWatcher, _ names: [String]?, next: String) {
        let call = watcher.call
        guard let flow = watching.watchers[call]?.flow, flow.number == watcher.flow,
            case .asked(let after) = flow.listing
        else { return }
        if let names {
            watching.watchers[call]?.flow?.listed(names)
            watching.watchers[call]?.flow?.listing = next.isEmpty ? .over : .due(after: next)
        } else {
            watching.watchers[call]?.flow?.listing = .due(after: after)
            watching.watchers[call]?.flow?.isResting = true
        }
        pump(call)
    }

    /// All that was sent to a watcher has left.
    package mutating func elementsSent(_ call: CallID, at moment: Moment) {
        now = moment
        watching.watchers[call]?.flow?.sent()
        pump(call)
    }

    mutating func keyWatchBeat() {
        for call in watching.watchers.keys.sorted() {
            guard let watcher = watching.watchers[call], let flow = watcher.flow else { continue }
            watching.watchers[call]?.flow?.isResting = false
            if watcher.isSynced, flow.isQuiet, flow.hasNews { tellPlace(call) }
            pump(call)
        }
    }
}

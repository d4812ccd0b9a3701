internal import HoldfastBase
internal import HoldfastNode

extension Brain {
    private static let watchInterval = Interval.milliseconds(100)
    private static let changesPage = 512
    private static let readPage = 64
    /// Larger than every sequence, and still exact on every node.
    private static let behindAll: UInt64 = 1 << 53

    /// Opens a stream of states: first what is there, or what changed since `token`, then each change.
    mutating func watch(_ call: CallID, _ filter: WatchFilter, _ token: WatchToken?) {
        let wasActive = watching.isActive
        watching.watchers[call] = Watching.Watcher(filter: filter)
        if !wasActive { for node in cluster.voters { heartbeat(node) } }
        if let token, case .prefix = filter {
            resume(call, token)
            if watching.watchers[call] == nil { return }
        }
        if !wasActive { pollChanges() }
        // What is held is read in any case: when it ends by itself, no log says so.
        snapshot(call, filter)
    }

    /// Goes back in the logs to where the token was made. Who voted then and now saw, together, every
    /// change since; so all that vote now must be in the token.
    mutating func resume(_ call: CallID, _ token: WatchToken) {
        var places: [NodeIndex: WatchToken.Place] = [:]
        var known = NodeSet()
        for node in cluster.voters {
            let marker = logMarker(node)
            guard let place = token.places.first(where: { $0.marker == marker }) else { continue }
            places[node] = place
            known.insert(node)
        }
        let isEnough =
            watching.watchers[call]?.flow == nil ? known == cluster.voters : suffices(known)
        guard isEnough else { return refuseResume(call) }
        for node in cluster.voters {
            guard let place = places[node] else { continue }
            let known = watching.places[node]
            let isEarlier = known.map { $0.marker != place.marker || place.sequence < $0.sequence }
            if isEarlier ?? true { watching.places[node] = place }
            askChanges(node)
            watching.watchers[call]?.resuming[node] = watching.asked[node]
        }
    }

    /// Names a log. A node that was emptied begins another, whose sequences are larger than those of all
    /// before.
    private func logMarker(_ node: NodeIndex) -> UInt64 { cluster.identity(node).marker }

    private mutating func refuseResume(_ call: CallID) {
        if watching.watchers[call]?.flow != nil { return restart(call) }
        unwatch(call)
        respond(
            call,
            .failed(
                Failure(
                    .conflict,
                    "the logs of the nodes do not reach back to this token: watch without one, and "
                        + "forget what you were told")))
    }

    mutating func unwatch(_ call: CallID) {
        guard watching.watchers.removeValue(forKey: call) != nil, !watching.isActive else { return }
        watching.reset()
    }

    private mutating func snapshot(_ call: CallID, _ filter: WatchFilter) {
        switch filter {
        case .names(let names):
            watching.watchers[call]?.isListed = true
            watching.watchers[call]?.missing.formUnion(names)
            markDirty(names)
        case .prefix(let prefix):
            watching.watchers[call]?.mustList = false
            watching.watchers[call]?.isListed = false
            let walk = ListWalk(prefix: prefix, after: "", limit: Self.listedMax)
            start(
                .watchList(call, walk), nil, .list(prefix: prefix, cursor: 0, limit: Self.listPage))
        }
    }

    /// The names of held locks below a watched prefix are known now; `nil` when too few nodes said
    /// theirs, and they are to be asked again. What was told as held may be free since.
    mutating func watchListed(_ call: CallID, _ listed: NameSet?) {
        guard let watcher = watching.watchers[call] else { return }
        guard var names = listed else {
            watching.watchers[call]?.mustList = true
            return
        }
        names.formUnion(watching.told.names { name, _ in watcher.filter.matches(name) })
        watching.watchers[call]?.isListed = true
        watching.watchers[call]?.missing.formUnion(names.sorted())
        if names.isEmpty { settle(call) } else { markDirty(names.sorted()) }
    }

    // MARK: The logs

    mutating func pollChanges() {
        guard watching.isActive, !watching.isPolling else { return }
        watching.isPolling = true
        timers.add(.watchPoll, at: now.instant + Self.watchInterval)
        for node in cluster.voters { askChanges(node) }
    }

    mutating func watchPollDue() {
        watching.isPolling = false
        pollChanges()
    }

    private mutating func askChanges(_ node: NodeIndex) {
        let after = watching.places[node]?.sequence ?? Self.behindAll
        watching.asked[node] += 1
        // Without a place the log's end is asked for.
        send(node, Tag(.watch), .changes(after: after, limit: Self.changesPage))
    }

    mutating func changesRead(_ node: NodeIndex, _ reply: NodeReply) {
        watching.asked[node] = max(0, watching.asked[node] - 1)
        let resumed = countResumed(node)
        guard watching.isActive, case .changes(let first, let last, let names) = reply else {
            for call in resumed { refuseResume(call) }
            return
        }
        let marker = logMarker(node)
        guard let place = watching.places[node], place.marker == marker else {
            let isKnown = watching.places[node] != nil
            watching.places[node] = .init(marker: marker, sequence: last)
            for call in resumed { refuseResume(call) }
            // Nothing is known of what this node saw before: everything is looked at once.
            if watching.watchers.values.contains(where: \.isSynced) { snapshotAll() }
            if isKnown { logTorn(node) }
            for call in watching.watchers.keys.sorted() { pump(call) }
            return
        }
        // Its front was dropped; or it is another log, of a node that was emptied.
        let isTorn = (first > 0 && place.sequence < first - 1) || last < place.sequence
        watching.places[node]?.sequence = last < place.sequence ? last : max(last, place.sequence)
        let hasMore = names.count == Self.changesPage
        for call in resumed {
            // What a watcher of locks knows is read again in any case; one of keys is told all pages.
            if isTorn || hasMore && watching.watchers[call]?.flow == nil {
                refuseResume(call)
            } else if hasMore {
                watching.watchers[call]?.resuming[node] = watching.asked[node] + 1
            }
        }
        if isTorn {
            snapshotAll()
            logTorn(node)
        } else if !hasMore {
            watching.noteAnswer(node, voters: cluster.voters)
        }
        takeChanged(names)
        for call in resumed { finishResume(call) }
        if hasMore { askChanges(node) }
    }

    /// The watchers for which this answer of the node is the one that goes on from their tokens.
    private mutating func countResumed(_ node: NodeIndex) -> [CallID] {
        var resumed: [CallID] = []
        for call in watching.watchers.keys.sorted() {
            guard let left = watching.watchers[call]?.resuming[node] else { continue }
            watching.watchers[call]?.resuming[node] = left - 1
            if left <= 1 { resumed.append(call) }
        }
        return resumed
    }

    private mutating func takeChanged(_ names: [String]) {
        keysChanged(names.compactMap { RegisterLog.register($0) })
        let watched = names.filter {
            RegisterLog.register($0) == nil && watching.isWatched($0)
        }
        for call in watching.watchers.keys {
            guard let watcher = watching.watchers[call], !watcher.resuming.isEmpty,
                watcher.flow == nil
            else { continue }
            watching.watchers[call]?.missing.formUnion(
                watched.filter { watcher.filter.matches($0) })
        }
        markDirty(watched)
    }

    /// Once all nodes have said what changed since the token.
    private mutating func finishResume(_ call: CallID) {
        guard let watcher = watching.watchers[call],
            watcher.resuming.values.allSatisfy({ $0 <= 0 })
        else { return }
        watching.watchers[call]?.resuming = [:]
        if watcher.flow == nil { settle(call) } else { pump(call) }
    }

    private mutating func snapshotAll() {
        for call in watching.watchers.keys.sorted() {
            guard let watcher = watching.watchers[call], watcher.resuming.isEmpty,
                watcher.flow == nil
            else { continue }
            snapshot(call, watcher.filter)
        }
    }

    /// What this node alone has logged may be missed. Watchers of keys, of whom nobody knows what they
    /// know, begin anew where the others do not have it all.
    private mutating func logTorn(_ node: NodeIndex) {
        watching.noteGap(node)
        let continuous = cluster.voters.subtracting(NodeSet(watching.gaps.keys))
        guard !suffices(continuous) else { return }
        watching.forgetGaps()
        for call in watching.watchers.keys.sorted() {
            guard let watcher = watching.watchers[call], watcher.resuming.isEmpty else { continue }
            restart(call)
        }
    }

    // MARK: The states

    mutating func markDirty(_ names: [String]) {
        watching.dirty.formUnion(names)
        readDirty()
    }

    private mutating func readDirty() {
        guard !watching.isReading, !watching.dirty.isEmpty, cluster.hasQuorum else { return }
        watching.isReading = true
        let names = Array(watching.dirty.sorted().prefix(Self.readPage))
        watching.dirty.subtract(names)
        start(.watchRead(names), nil, .read(names: names))
    }

    /// A quorum has said how these locks are; or not, then they are read again.
    mutating func watchRead(_ names: [String], _ states: [LockState]?) {
        watching.isReading = false
        guard watching.isActive else { return }
        guard let states else {
            // Asked again when the next poll finds something, or at the latest at the next beat.
            watching.dirty.formUnion(names)
            return
        }
        for state in states { tell(state) }
        readDirty()
    }

    private mutating func tell(_ state: LockState) {
        let essence = Watching.essence(state)
        let isNews = watching.tell(state.name, essence)
        let version = watching.nextVersion(clock.next(wallMicroseconds: now.wallMicroseconds))
        for call in watching.watchers.keys.sorted() {
            guard let watcher = watching.watchers[call], watcher.filter.matches(state.name) else {
                continue
            }
            let isMissing = watcher.missing.contains(state.name)
            if isNews || isMissing { actions.append(.emit(call, .lock(state, version: version))) }
            watching.watchers[call]?.missing.remove(state.name)
            if isMissing { settle(call) }
        }
        guard let left = state.grants.lazy.compactMap(\.remainingMilliseconds).min() else { return }
        let end = now.instant + .milliseconds(Int64(clamping: left)) + .milliseconds(5)
        // One is enough: what it finds tells when the next is due.
        guard end < watching.checks[state.name] ?? .never else { return }
        watching.checks[state.name] = end
        timers.add(.watchCheck(state.name), at: end)
    }

    /// Says that the watcher is in step, once it is.
    private mutating func settle(_ call: CallID) {
        guard watching.watchers[call]?.isInStep == true else { return }
        watching.watchers[call]?.isSynced = true
        actions.append(
            .emit(call, .synced(WatchToken(places: watching.places.compactMap { $0 }))))
    }

    /// A grant that was told of should be over by now.
    mutating func watchCheck(_ name: String) {
        guard watching.checks[name] ?? .never <= now.instant else { return }
        watching.checks[name] = nil
        if let key = RegisterLog.register(name) { return keysChanged([key]) }
        if watching.told[name] != nil { markDirty([name]) }
    }

    mutating func watchBeat() {
        readDirty()
        keyWatchBeat()
        for call in watching.watchers.keys.sorted() {
            guard let watcher = watching.watchers[call], watcher.mustList else { continue }
            snapshot(call, watcher.filter)
        }
    }

    // MARK: Sessions

    mutating func watchSession(_ call: CallID, _ id: SessionID) {
        sessionWatchers[id, default: []].append(call)
        sessionOfWatcher[call] = id
    }

    mutating func unwatchSession(_ call: CallID) {
        guard let id = sessionOfWatcher.removeValue(forKey: call) else { return }
        sessionWatchers[id]?.removeAll { $0 == call }
        if sessionWatchers[id]?.isEmpty == true { sessionWatchers[id] = nil }
    }

    mutating func tellSession(_ id: SessionID, _ event: StreamEvent) {
        for call in sessionWatchers[id] ?? [] { actions.append(.emit(call, event)) }
    }
}

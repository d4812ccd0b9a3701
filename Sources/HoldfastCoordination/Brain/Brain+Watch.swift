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
        if !wasActive {
            watching.places = Array(repeating: nil, count: cluster.configuration.nodes)
            for node in cluster.voters { heartbeat(node) }
            if let token { resume(token) }
            pollChanges()
        }
        if wasActive || token == nil || !isResumed(token) { snapshot(call, filter) }
    }

    private mutating func resume(_ token: WatchToken) {
        for node in cluster.voters {
            let marker = cluster.identity(node).marker
            watching.places[node] = token.places.first { $0.marker == marker }
        }
    }

    private func isResumed(_ token: WatchToken?) -> Bool {
        token != nil && cluster.voters.allSatisfy { watching.places[$0] != nil }
    }

    mutating func unwatch(_ call: CallID) {
        guard watching.watchers.removeValue(forKey: call) != nil, !watching.isActive else { return }
        watching = Watching(nodes: cluster.configuration.nodes)
    }

    private mutating func snapshot(_ call: CallID, _ filter: WatchFilter) {
        switch filter {
        case .names(let names):
            watching.watchers[call]?.missing = NameSet(names)
            markDirty(names)
        case .prefix(let prefix):
            let walk = ListWalk(prefix: prefix, after: "", limit: Self.listedMax)
            start(
                .watchList(call, walk), nil, .list(prefix: prefix, cursor: 0, limit: Self.listPage))
        }
    }

    /// The names below a watched prefix are known now.
    mutating func watchListed(_ call: CallID, _ walk: ListWalk) {
        guard watching.watchers[call] != nil else { return }
        watching.watchers[call]?.missing = walk.names
        if walk.names.isEmpty { tellSynced(call) } else { markDirty(walk.names.sorted()) }
    }

    // MARK: The logs

    private mutating func pollChanges() {
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
        // Without a place the log's end is asked for.
        send(node, Tag(.watch), .changes(after: after, limit: Self.changesPage))
    }

    mutating func changesRead(_ node: NodeIndex, _ reply: NodeReply) {
        guard watching.isActive, case .changes(let first, let last, let names) = reply else {
            return
        }
        let marker = cluster.identity(node).marker
        guard let place = watching.places[node], place.marker == marker else {
            watching.places[node] = .init(marker: marker, sequence: last)
            // Nothing is known of what this node saw before: everything is looked at once.
            if watching.watchers.values.contains(where: \.isSynced) { snapshotAll() }
            return
        }
        if place.sequence + 1 < first { snapshotAll() }
        watching.places[node]?.sequence = max(last, place.sequence)
        markDirty(names.filter { watching.isWatched($0) })
        if names.count == Self.changesPage { askChanges(node) }
    }

    private mutating func snapshotAll() {
        for call in watching.watchers.keys.sorted() {
            if let filter = watching.watchers[call]?.filter { snapshot(call, filter) }
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
        let isNews = (watching.told[state.name] ?? []) != essence
        watching.told[state.name] = essence.isEmpty ? nil : essence
        let version = clock.next(wallMicroseconds: now.wallMicroseconds)
        for call in watching.watchers.keys.sorted() {
            guard let watcher = watching.watchers[call], watcher.filter.matches(state.name) else {
                continue
            }
            let isMissing = watcher.missing.contains(state.name)
            if isNews || isMissing { actions.append(.emit(call, .lock(state, version: version))) }
            watching.watchers[call]?.missing.remove(state.name)
            if isMissing, watching.watchers[call]?.missing.isEmpty == true { tellSynced(call) }
        }
        for grant in state.grants {
            guard let left = grant.remainingMilliseconds else { continue }
            timers.add(
                .watchCheck(state.name),
                at: now.instant + .milliseconds(Int64(clamping: left) + 5))
        }
    }

    private mutating func tellSynced(_ call: CallID) {
        watching.watchers[call]?.isSynced = true
        actions.append(
            .emit(call, .synced(WatchToken(places: watching.places.compactMap { $0 }))))
    }

    /// A grant that was told of should be over by now.
    mutating func watchCheck(_ name: String) {
        guard watching.told[name] != nil else { return }
        markDirty([name])
    }

    mutating func watchBeat() {
        readDirty()
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

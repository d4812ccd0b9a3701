internal import HoldfastBase
internal import HoldfastNode

/// What this server tells those who watch.
///
/// While anybody watches, the nodes log the names that change, and the logs of all voters are read
/// ten times a second. Each name that is watched and changed is read like any other, and what a quorum
/// says is told when it differs from what was told last. A grant that ends by itself changes nothing
/// on a node until somebody looks: so its end is looked at when it is due.
struct Watching: Sendable {
    struct Watcher: Sendable {
        var filter: WatchFilter
        /// Has been told all there was.
        var isSynced = false
        /// Names to be read before it is in step.
        var missing = NameSet()
    }

    var watchers: [CallID: Watcher] = [:]
    /// How far the log of each node has been read, and of which life of it.
    var places: [WatchToken.Place?]
    /// What was told last of each name.
    var told = NameTable<[GrantView]>()
    /// Changed, and not read since.
    var dirty = NameSet()
    var isReading = false
    var isPolling = false

    init(nodes: Int) {
        places = Array(repeating: nil, count: nodes)
    }

    var isActive: Bool { !watchers.isEmpty }

    func isWatched(_ name: String) -> Bool {
        watchers.values.contains { $0.filter.matches(name) }
    }

    /// What distinguishes one state of a lock from another for those who watch.
    static func essence(_ state: LockState) -> [GrantView] {
        state.grants.map { grant in
            var grant = grant
            grant.remainingMilliseconds = nil
            return grant
        }
    }
}

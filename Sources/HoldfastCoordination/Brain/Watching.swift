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
        /// Begun from a token: how many answers each node gives until it has given the one that goes on
        /// from there.
        var resuming: [NodeIndex: Int] = [:]
        /// The names below its prefix are still to be asked for.
        var mustList = false
        /// The names are known.
        var isListed = false

        /// Of a watcher of keys: what it is still to be told.
        var flow: KeyFlow?

        /// Whether nothing is left to be told.
        var isInStep: Bool { isListed && missing.isEmpty && resuming.isEmpty }
    }

    var watchers: [CallID: Watcher] = [:]
    /// How far the log of each node has been read, and of which life of it.
    var places: [WatchToken.Place?]
    /// What was told last of each name that is held.
    var told = NameTable<[GrantView]>()
    /// Names that were told as free. Of any other, a watcher that was resumed may know a holder.
    var freed = NameSet()
    /// More of them are forgotten, and told once more.
    static let freedMax = 65_536
    /// When the first of those that hold a name should be over.
    var checks = NameTable<Instant>()
    /// Changed, and not read since.
    var dirty = NameSet()
    /// Questions about its log that each node has not answered.
    var asked: [Int]
    /// Answers of each node that went on where the one before ended, and had room for more.
    var answered: [Int]
    /// Nodes of whose logs something was missed, and how many answers of each other one it takes until
    /// those have told everything that was logged by then.
    private(set) var gaps: [NodeIndex: [Int]] = [:]
    /// The last version that was told.
    var version: UInt64 = 0
    /// How many flows there were.
    var flows: UInt64 = 0
    var isReading = false
    var isPolling = false

    init(nodes: Int) {
        places = Array(repeating: nil, count: nodes)
        asked = Array(repeating: 0, count: nodes)
        answered = Array(repeating: 0, count: nodes)
    }

    mutating func noteGap(_ node: NodeIndex) {
        gaps[node] = zip(answered, asked).map { $0 + $1 + 1 }
    }

    mutating func noteAnswer(_ node: NodeIndex, voters: NodeSet) {
        answered[node] += 1
        gaps = gaps.filter { gap in
            voters.contains { $0 != gap.key && answered[$0] < gap.value[$0] }
        }
    }

    mutating func forgetGaps() { gaps = [:] }

    /// Nobody watches any more. What was asked is still to be answered, and versions go on.
    mutating func reset() {
        var fresh = Watching(nodes: places.count)
        (fresh.asked, fresh.version, fresh.flows) = (asked, version, flows)
        fresh.answered = answered
        self = fresh
    }

    /// Versions rise, whatever clocks do.
    mutating func nextVersion(_ clock: UInt64) -> UInt64 {
        version = max(version + 1, clock)
        return version
    }

    var isActive: Bool { !watchers.isEmpty }

    func isWatched(_ name: String) -> Bool {
        watchers.values.contains { $0.filter.matches(name) }
    }

    /// Takes note of what is told of a name; whether it is news to anybody.
    mutating func tell(_ name: String, _ essence: [GrantView]) -> Bool {
        let before = told[name]
        if !essence.isEmpty {
            told[name] = essence
            freed.remove(name)
            return before != essence
        }
        told[name] = nil
        checks[name] = nil
        if freed.count >= Self.freedMax { freed = NameSet() }
        return freed.insert(name) || before != nil
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

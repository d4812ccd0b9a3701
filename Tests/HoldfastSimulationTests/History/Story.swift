import HoldfastBase
import HoldfastSimulation

/// Writes histories by hand, in milliseconds, on three nodes and one lock unless told otherwise.
struct Story {
    var history: History
    private var nextID: UInt64 = 1

    init(nodes: Int = 3) {
        history = History(nodeCount: nodes)
    }

    static func ms(_ count: Int64) -> Instant { .zero + .milliseconds(count) }

    /// A grant of that name, asked for and told at these times, counted on until the deadline.
    mutating func granted(
        _ grant: UInt64, _ times: ClosedRange<Int64>, until deadline: Int64, fence: UInt64? = nil,
        strength: Int = 2, mode: HistoryMode = .exclusive, lock: String = "a",
        kind: HistoryKind = .acquire
    ) {
        let told = HistoryGrant(
            id: grant, fence: fence ?? grant, strength: strength, mode: mode,
            deadline: Self.ms(deadline))
        add(kind, times, .granted(told), about: kind == .acquire ? nil : grant, lock: lock)
    }

    mutating func add(
        _ kind: HistoryKind, _ times: ClosedRange<Int64>, _ outcome: HistoryOutcome,
        about grant: UInt64? = nil, lock: String = "a", client: UInt32 = 1
    ) {
        let isUnknown = outcome == .unknown
        history.records.append(
            HistoryRecord(
                id: nextID, client: client, lock: lock, kind: kind, subject: grant,
                called: Self.ms(times.lowerBound),
                returned: isUnknown ? .never : Self.ms(times.upperBound), outcome: outcome))
        nextID += 1
    }

    mutating func forgets(node: Int, at instant: Int64, holding grants: Set<UInt64>? = nil) {
        var forget = NodeForget(node: node, at: Self.ms(instant))
        forget.grants = grants
        history.forgets.append(forget)
    }

    var index: HistoryIndex { HistoryIndex(history) }
    var exclusion: CheckReport { ExclusionCheck.run(index) }
    var fences: CheckReport { FenceCheck.run(index) }
    var releases: CheckReport { ReleaseCheck.run(index) }
}

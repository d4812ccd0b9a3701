internal import HoldfastNode

/// Tells a node that may have forgotten what a quorum of others has, register by register.
///
/// The others are those that were moved to the epoch in which the node was admitted: nothing of an
/// older epoch can be taken by them any more, so what was committed with the help of what the node
/// has lost is on one of them, and comes with its page. Every command asks for that epoch: when it is
/// over, so is the lesson, and begins anew.
///
/// For each source: `copying` a page → `telling` it to the node → `copying` the next; behind the last
/// page of the last source `ending`. Any failure ends it; to begin anew is harmless, also beside
/// another server.
struct KeyLesson: Sendable {
    enum Command: Sendable {
        case copy(from: NodeIndex, after: String)
        case tell(floor: UInt64, [RegisterEntry])
        case end
    }

    private enum Phase: Sendable {
        case copying
        /// `next`: behind which name the source has more.
        case telling(next: String?)
        case ending
    }

    let node: NodeIndex
    let epoch: UInt64
    private var sources: [NodeIndex]
    private var phase = Phase.copying

    static let page = 128
    /// How many registers it has told, those that two sources have twice.
    private(set) var told: UInt64 = 0

    /// - Parameter sources: a quorum of all nodes, without `node`.
    init(_ node: NodeIndex, epoch: UInt64, sources: [NodeIndex]) {
        self.node = node
        self.epoch = epoch
        self.sources = sources
    }

    /// What begins it.
    var first: Command { .copy(from: sources[0], after: "") }

    enum Step: Sendable {
        case send(Command)
        /// The node has been told everything.
        case done
        case over
    }

    mutating func replied(_ from: NodeIndex, _ reply: NodeReply) -> Step {
        switch (phase, reply) {
        case (.copying, .registers(let entries, let floor, let more)) where from == sources.first:
            // That there is more, behind nothing, is no answer of ours: what lies there must not be missed.
            if more, entries.isEmpty { return .over }
            told += UInt64(entries.count)
            phase = .telling(next: more ? entries.last?.name : nil)
            return .send(.tell(floor: floor, entries))
        case (.telling(let next), .done(true)) where from == node:
            if next == nil { sources.removeFirst() }
            guard let source = sources.first else {
                phase = .ending
                return .send(.end)
            }
            phase = .copying
            return .send(.copy(from: source, after: next ?? ""))
        case (.ending, .done) where from == node: return .done
        default: return .over
        }
    }
}

package import HoldfastBase
internal import HoldfastNode

/// Who wants the answer to a question about one key.
enum KeyAsker: Hashable, Sendable {
    case call(CallID)
    /// One of those that a batch or a list waits for.
    case gathering(SlotKey, Int)
    case watcher(KeyWatcher, name: String, isListed: Bool)
}

/// A watcher that has something read, and for which of its flows.
package struct KeyWatcher: Hashable, Sendable {
    var call: CallID
    var flow: UInt64
}

/// One of a batch.
package enum KeyWish: Hashable, Sendable {
    case read(String)
    case change(String, RequestID, KeyChange)
}

/// What became of one of a batch, or of a listed key.
package struct KeyAnswer: Hashable, Sendable {
    package var name: String
    package var outcome: KeyOutcome

    package init(name: String, outcome: KeyOutcome) {
        self.name = name
        self.outcome = outcome
    }
}

/// Which keys a list asks for: those behind `after`, in the order of their bytes.
package struct KeyPage: Hashable, Sendable {
    package var prefix: String
    package var after: String
    package var limit: Int

    package init(prefix: String, after: String, limit: Int) {
        self.prefix = prefix
        self.after = after
        self.limit = limit
    }
}

/// Several questions that are answered together.
struct KeyGathering: Sendable {
    let call: CallID
    /// Of a list, the names on the nodes, until a quorum has told them.
    var names: NamesRound?
    var answers: [KeyAnswer] = []
    var isAnswered: [Bool] = []
    var open = 0
    /// Behind which key a list goes on; empty at its end.
    var next = ""
    var isList = false
    /// The names are what is wanted.
    var watcher: KeyWatcher?
}

/// Asks the nodes for names: a quorum of them knows every key that was ever committed.
struct NamesRound: Sendable {
    private var tally: AnswerTally
    private var names = NameSet()
    /// Beyond this, a node has told nothing yet.
    private var bound: NameKey?
    let limit: Int

    enum Decision: Sendable {
        case wait
        /// `next`: behind which name to go on; empty at the end.
        case names([String], next: String)
        case silent
    }

    init(asked: NodeSet, quorum: Int, limit: Int) {
        tally = AnswerTally(asked: asked, quorum: quorum)
        #if HOLDFAST_PLANTS
            if Plant.listMinority.isActive { tally = AnswerTally(asked: asked, quorum: 1) }
        #endif
        self.limit = limit
    }

    mutating func replied(_ node: NodeIndex, _ page: (names: [String], more: Bool)?) -> Decision {
        guard tally.close(node) else { return .wait }
        if let page {
            tally.agree(node)
            names.formUnion(page.names)
            if page.more, let last = page.names.last {
                bound = min(bound ?? NameKey(last), NameKey(last))
            }
        }
        return decide()
    }

    mutating func timeUp() -> Decision {
        tally.timeUp()
        return decide()
    }

    private mutating func decide() -> Decision {
        switch tally.verdict() {
        case .wait: return .wait
        case .quorum:
            var known = names.sorted()
            if let bound { known.removeAll { bound < NameKey($0) } }
            var next = bound?.text ?? ""
            if known.count > limit {
                known.removeLast(known.count - limit)
                next = known.last ?? ""
            }
            return .names(known, next: next)
        case .conflict, .silent: return .silent
        }
    }
}

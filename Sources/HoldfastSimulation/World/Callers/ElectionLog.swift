import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// What candidates were told, and what leaders have asked to be said and were told that it is so.
struct ElectionLog {
    struct Said: Hashable {
        let term: Fence
        let sequence: UInt64

        /// Says itself what it is.
        var value: [UInt8] { Array("\(term) \(sequence)".utf8) }

        func isBefore(_ other: Said) -> Bool {
            term == other.term ? sequence < other.sequence : term < other.term
        }
    }

    private var latest: [(said: Said, at: Instant)] = []
    private var terms: [GrantID: (term: Fence, at: Instant)] = [:]
    private var words: [GrantID: Set<Said>] = [:]

    mutating func elected(_ grant: GrantID, _ term: Fence, at instant: Instant) {
        terms[grant] = (term, instant)
    }

    mutating func asked(_ said: Said, by grant: GrantID) {
        words[grant, default: []].insert(said)
    }

    mutating func answered(_ said: Said, at instant: Instant) {
        latest.append((said, instant))
    }

    /// The newest that was answered before `instant`, and when.
    func newest(before instant: Instant) -> (said: Said, at: Instant)? {
        latest.filter { $0.at < instant }.max { $0.said.isBefore($1.said) }
    }

    /// The term of a lead that was told before `instant`.
    func term(of grant: GrantID, before instant: Instant) -> Fence? {
        terms[grant].flatMap { $0.at < instant ? $0.term : nil }
    }

    /// Whether a leader has asked that this be said.
    func isAsked(_ value: [UInt8], _ sequence: UInt64, by grant: GrantID) -> Bool {
        words[grant]?.contains { $0.sequence == sequence && $0.value == value } ?? false
    }
}

extension World {
    /// A question that was asked at `asked` was told of this leader.
    ///
    /// On fewer nodes than a quorum it may be over, or be told under a term of its own: then only what
    /// it says is held against what was asked to be said.
    func judge(_ leader: GrantView, _ strength: Int, since asked: Instant) {
        if strength < 1 || strength > scenario.nodes {
            complain(.elections, leader.name, "a leader was told of, of strength \(strength)")
        }
        if leader.sequence > 0,
            !elections.isAsked(leader.value, leader.sequence, by: leader.grant)
        {
            complain(
                .elections, leader.name,
                "\(TraceText.id(leader.grant)), word \(leader.sequence), reads "
                    + String(decoding: leader.value, as: UTF8.self))
        }
        guard strength >= history.quorum else { return }
        if let term = elections.term(of: leader.grant, before: asked), term != leader.fence {
            complain(
                .elections, leader.name,
                "\(TraceText.id(leader.grant)) was said to lead in term \(leader.fence), and was "
                    + "told \(term)")
        }
        judgeAge(of: ElectionLog.Said(term: leader.fence, sequence: leader.sequence), asked)
    }

    /// What was answered before the question is what it is told, or something newer.
    private func judgeAge(of told: ElectionLog.Said, _ asked: Instant) {
        guard let (newest, at) = elections.newest(before: asked), told.isBefore(newest) else {
            return
        }
        // Of a node that forgot it early nothing is promised.
        guard !history.forgets.contains(where: { $0.until >= at || $0.from >= at }) else { return }
        complain(
            .elections, "election/0",
            "the leader was said to be at term \(told.term), word \(told.sequence), after term "
                + "\(newest.term), word \(newest.sequence) was answered")
    }
}

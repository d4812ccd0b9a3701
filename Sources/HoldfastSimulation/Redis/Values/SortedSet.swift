/// Members in the order of (score, bytes), and their scores.
struct SortedSet: Sendable {
    struct Member: Sendable {
        let score: Double
        let name: RedisBytes
    }

    private(set) var members: [Member] = []
    private var scores: [RedisBytes: Double] = [:]

    init() {}

    func score(of name: RedisBytes) -> Double? { scores[name] }

    /// The place of a member in the order.
    func rank(of name: RedisBytes) -> Int? {
        scores[name].map { place(score: $0, name: name) }
    }

    /// Adds a member, or moves it to its new score.
    mutating func set(_ name: RedisBytes, score: Double) {
        // Redis keeps whole scores of small sets as integers, of which none is a negative zero.
        let score = score == 0 ? 0 : score
        if let old = scores[name] {
            if old == score { return }
            members.remove(at: place(score: old, name: name))
        }
        scores[name] = score
        members.insert(Member(score: score, name: name), at: place(score: score, name: name))
    }

    /// Removes a member; whether it was there.
    mutating func remove(_ name: RedisBytes) -> Bool {
        guard let score = scores.removeValue(forKey: name) else { return false }
        members.remove(at: place(score: score, name: name))
        return true
    }

    /// Removes the members at these places.
    mutating func removeSubrange(_ range: Range<Int>) {
        for member in members[range] { scores[member.name] = nil }
        members.removeSubrange(range)
    }

    /// The places of the members whose scores are in the range.
    func places(in range: ScoreRange) -> Range<Int> {
        let start = firstPlace { !range.isAboveMinimum($0.score) }
        let end = firstPlace { range.isBelowMaximum($0.score) }
        return start..<max(start, end)
    }

    private func place(score: Double, name: RedisBytes) -> Int {
        firstPlace { $0.score < score || ($0.score == score && $0.name < name) }
    }

    /// The first place whose member is not `before`.
    private func firstPlace(where before: (Member) -> Bool) -> Int {
        var (low, high) = (0, members.count)
        while low < high {
            let middle = (low + high) / 2
            if before(members[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension SortedSet: RedisCollection {
    var isEmpty: Bool { members.isEmpty }
    var object: RedisObject { .sortedSet(self) }

    init?(_ object: RedisObject) {
        guard case .sortedSet(let set) = object else { return nil }
        self = set
    }
}

/// What `ZRANGE` and `ZRANGEBYSCORE` ask for.
struct SortedRangeQuery {
    private enum Range {
        case ranks(Int64, Int64)
        case scores(ScoreRange)
    }

    private let range: Range
    private let isReversed: Bool
    private let offset: Int64
    /// Negative: as many as there are.
    private let limit: Int64
    let hasScores: Bool

    /// `isByScore` is said by the name of the command; else an option says it.
    init(_ arguments: [[UInt8]], isByScore: Bool) throws(RedisFailure) {
        var (isScores, isReversed, hasScores) = (isByScore, false, false)
        var (offset, limit) = (Int64(0), Int64(-1))
        var rest = arguments[4...]
        while let option = rest.popFirst() {
            if option.isWord("withscores") {
                hasScores = true
            } else if option.isWord("limit"), rest.count >= 2 {
                guard let first = rest.popFirst().flatMap(RedisNumber.integer),
                    let second = rest.popFirst().flatMap(RedisNumber.integer)
                else { throw .notAnInteger }
                (offset, limit) = (first, second)
            } else if option.isWord("rev"), !isByScore {
                isReversed = true
            } else if option.isWord("byscore"), !isByScore, !isScores {
                isScores = true
            } else {
                throw .syntax
            }
        }
        if limit != -1, !isScores {
            throw RedisFailure(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or"
                    + " BYLEX")
        }
        if isScores {
            let (first, last) = isReversed ? (3, 2) : (2, 3)
            range = .scores(try ScoreRange(arguments[first], arguments[last]))
        } else {
            guard let first = RedisNumber.integer(arguments[2]),
                let last = RedisNumber.integer(arguments[3])
            else { throw .notAnInteger }
            range = .ranks(first, last)
        }
        (self.isReversed, self.hasScores) = (isReversed, hasScores)
        (self.offset, self.limit) = (offset, limit)
    }

    func members(of set: SortedSet) -> [SortedSet.Member] {
        let all = set.members
        switch range {
        case .ranks(let start, let end):
            let places = redisRange(start, end, count: all.count)
            if !isReversed { return Array(all[places]) }
            return places.map { all[all.count - 1 - $0] }
        case .scores(let range):
            // A negative offset counts down for ever, past the last member.
            if offset < 0 { return [] }
            let inRange = all[set.places(in: range)]
            let ordered = isReversed ? Array(inRange.reversed()) : Array(inRange)
            let rest = ordered.dropFirst(Int(clamping: offset))
            return limit < 0 ? Array(rest) : Array(rest.prefix(Int(clamping: limit)))
        }
    }
}

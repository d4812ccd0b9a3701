internal import HoldfastRedis

/// Commands on sorted sets.
extension RedisModel {
    func sortedAdd(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        var rest = arguments[2...]
        let options = try SortedAddOptions(taking: &rest)
        var pairs: [(score: Double, name: RedisBytes)] = []
        while let score = rest.popFirst(), let name = rest.popFirst() {
            pairs.append((try double(score), RedisBytes(name)))
        }
        var (added, updated) = (0, 0)
        var last: Double?
        _ = try change(SortedSet.self, arguments[1], isMaking: true) { set throws(RedisFailure) in
            for pair in pairs {
                let old = set.score(of: pair.name)
                last = try options.score(pair.score, over: old)
                guard let score = last else { continue }
                if old == nil { added += 1 } else if old != score { updated += 1 }
                set.set(pair.name, score: score)
            }
        }
        if options.isIncrementing { return last.map { .bulk(RedisNumber.text($0)) } ?? .null }
        return .number(options.isCountingChanges ? added + updated : added)
    }

    func sortedRemove(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let removed = try change(SortedSet.self, arguments[1]) { set in
            arguments.dropFirst(2).count { set.remove(RedisBytes($0)) }
        }
        return .number(removed ?? 0)
    }

    func sortedScore(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let set = try read(SortedSet.self, arguments[1])
        let score = set?.score(of: RedisBytes(arguments[2]))
        return score.map { .bulk(RedisNumber.text($0)) } ?? .null
    }

    func sortedCard(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        .number(try read(SortedSet.self, arguments[1])?.members.count ?? 0)
    }

    func sortedRank(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let set = try read(SortedSet.self, arguments[1])
        return set?.rank(of: RedisBytes(arguments[2])).map(RedisValue.number) ?? .null
    }

    func sortedCount(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let range = try ScoreRange(arguments[2], arguments[3])
        return .number(try read(SortedSet.self, arguments[1])?.places(in: range).count ?? 0)
    }

    func sortedRange(
        _ arguments: [[UInt8]], isByScore: Bool = false
    ) throws(RedisFailure) -> RedisValue {
        let query = try SortedRangeQuery(arguments, isByScore: isByScore)
        guard let set = try read(SortedSet.self, arguments[1]) else { return .array([]) }
        let found = query.members(of: set)
        if !query.hasScores { return .array(found.map { .bulk($0.name.bytes) }) }
        return .array(
            found.flatMap { [.bulk($0.name.bytes), .bulk(RedisNumber.text($0.score))] })
    }

    func sortedLexicalRange(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let range = try LexicalRange(arguments)
        let set = try read(SortedSet.self, arguments[1])
        return .array(set.map { range.names(of: $0).map { .bulk($0) } } ?? [])
    }

    func sortedRemoveRange(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let range = try ScoreRange(arguments[2], arguments[3])
        let removed = try change(SortedSet.self, arguments[1]) { set in
            let places = set.places(in: range)
            set.removeSubrange(places)
            return places.count
        }
        return .number(removed ?? 0)
    }

    func sortedPop(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        if arguments.count > 3 { throw .syntax }
        let wanted = arguments.count == 3 ? try count(arguments[2]) : 1
        let popped = try change(SortedSet.self, arguments[1]) { set in
            let popped = set.members.prefix(wanted)
            set.removeSubrange(0..<popped.count)
            return popped
        }
        return .array(
            (popped ?? []).flatMap { [.bulk($0.name.bytes), .bulk(RedisNumber.text($0.score))] })
    }
}

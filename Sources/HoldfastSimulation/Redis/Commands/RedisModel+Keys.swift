internal import HoldfastRedis

/// Commands on keys of any type.
extension RedisModel {
    func delete(_ arguments: [[UInt8]]) -> RedisValue {
        var count = 0
        for name in arguments.dropFirst() {
            let key = RedisBytes(name)
            if place(of: key) != nil {
                dataset.remove(key)
                count += 1
            }
        }
        return .number(count)
    }

    func exists(_ arguments: [[UInt8]]) -> RedisValue {
        .number(arguments.dropFirst().count { place(of: RedisBytes($0)) != nil })
    }

    func type(_ arguments: [[UInt8]]) -> RedisValue {
        let name = place(of: RedisBytes(arguments[1])).map { dataset[$0].object.typeName }
        return .status(Array((name ?? "none").utf8))
    }

    func rename(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let (source, target) = (RedisBytes(arguments[1]), RedisBytes(arguments[2]))
        guard let place = place(of: source) else { throw .noKey }
        if source == target { return .ok }
        let entry = dataset[place]
        dataset.remove(source)
        dataset.remove(target)
        dataset.set(target, entry.object, expiry: entry.expiry)
        return .ok
    }

    func persist(_ arguments: [[UInt8]]) -> RedisValue {
        guard let place = place(of: RedisBytes(arguments[1])), dataset[place].expiry != nil else {
            return .integer(0)
        }
        dataset[place].expiry = nil
        return .integer(1)
    }

    func timeToLive(_ arguments: [[UInt8]], inSeconds: Bool) -> RedisValue {
        guard let place = place(of: RedisBytes(arguments[1])) else { return .integer(-2) }
        guard let expiry = dataset[place].expiry else { return .integer(-1) }
        let rest = max(expiry - nowMilliseconds, 0)
        return .integer(inSeconds ? (rest + 500) / 1000 : rest)
    }

    /// Which command sets the end of a key: its name, its unit, and from when it counts.
    enum ExpireForm: String {
        case expire, pexpire, expireat, pexpireat

        var isInSeconds: Bool { self == .expire || self == .expireat }
        var isFromNow: Bool { self == .expire || self == .pexpire }
    }

    func expire(_ arguments: [[UInt8]], _ form: ExpireForm) throws(RedisFailure) -> RedisValue {
        let condition = try ExpireCondition(arguments.dropFirst(3))
        var end = try integer(arguments[2])
        if form.isInSeconds {
            let (milliseconds, isOver) = end.multipliedReportingOverflow(by: 1000)
            if isOver { throw .expiry(form.rawValue) }
            end = milliseconds
        }
        if form.isFromNow {
            if end > Int64.max - nowMilliseconds { throw .expiry(form.rawValue) }
            end += nowMilliseconds
        }
        let key = RedisBytes(arguments[1])
        guard let place = place(of: key), condition.allows(end, over: dataset[place].expiry) else {
            return .integer(0)
        }
        if end <= nowMilliseconds {
            dataset.remove(key)
        } else {
            dataset[place].expiry = end
        }
        return .integer(1)
    }

    func flush(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let isGood =
            arguments.count == 1
            || arguments.count == 2 && (arguments[1].isWord("sync") || arguments[1].isWord("async"))
        if !isGood { throw .syntax }
        dataset.removeAll()
        return .ok
    }

    func scan(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let cursor = try ScanOptions.cursor(arguments[1])
        let options = try ScanOptions(arguments.dropFirst(2), hasType: true)
        let (keys, next) = options.page(of: dataset.keys, from: cursor)
        let found = keys.filter { key in
            guard options.matches(key.bytes) else { return false }
            guard let place = place(of: key) else { return false }
            return options.type?.isName(dataset[place].object.typeName) ?? true
        }
        return .array([
            .bulk(Array(String(next).utf8)), .array(found.map { .bulk($0.bytes) }),
        ])
    }
}

extension [UInt8] {
    /// Whether these are the letters of a name, in either case.
    func isName(_ word: String) -> Bool {
        RedisCommandName(self) == RedisCommandName(Array(word.utf8))
    }
}

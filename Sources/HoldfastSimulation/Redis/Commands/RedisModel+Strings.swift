internal import HoldfastRedis

/// Commands on strings.
extension RedisModel {
    func get(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        try string(arguments[1]).map(RedisValue.bulk) ?? .null
    }

    func getMany(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        .array(
            arguments.dropFirst().map { name in
                guard let place = place(of: RedisBytes(name)),
                    case .string(let bytes) = dataset[place].object
                else { return .null }
                return .bulk(bytes)
            })
    }

    func set(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let key = RedisBytes(arguments[1])
        if arguments.count == 3 {
            dataset.set(key, .string(arguments[2]))
            return .ok
        }
        let options = try SetOptions(arguments.dropFirst(3))
        let end = try options.end(now: nowMilliseconds)
        let old = options.isAnsweringOld ? try get(arguments) : .null
        let place = place(of: key)
        if options.isForNew && place != nil || options.isForExisting && place == nil { return old }
        let kept = options.isKeepingExpiry ? place.flatMap { dataset[$0].expiry } : nil
        dataset.set(key, .string(arguments[2]), expiry: end ?? kept)
        return options.isAnsweringOld ? old : .ok
    }

    func increment(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let step = arguments.count == 3 ? try integer(arguments[2]) : 1
        let old = try string(arguments[1])
        let (sum, isOver) = try (old.map(integer) ?? 0).addingReportingOverflow(step)
        if isOver { throw .overflow }
        replaceString(arguments[1], RedisNumber.text(sum))
        return .integer(sum)
    }

    func append(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let whole = try (string(arguments[1]) ?? []) + arguments[2]
        replaceString(arguments[1], whole)
        return .number(whole.count)
    }

    /// Sets the string of a key, whose end stays as it is.
    private func replaceString(_ name: [UInt8], _ bytes: [UInt8]) {
        let key = RedisBytes(name)
        if let place = place(of: key) {
            dataset[place].object = .string(bytes)
        } else {
            dataset.set(key, .string(bytes))
        }
    }

    func length(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        .number(try string(arguments[1])?.count ?? 0)
    }

    func getRange(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let (start, end) = (try integer(arguments[2]), try integer(arguments[3]))
        guard let bytes = try string(arguments[1]) else { return .bulk([]) }
        if start < 0, end < 0, start > end { return .bulk([]) }
        // Unlike an index of a list, an end before the beginning means the first byte.
        let last = max(end < 0 ? end &+ Int64(bytes.count) : end, 0)
        return .bulk(Array(bytes[redisRange(start, last, count: bytes.count)]))
    }
}

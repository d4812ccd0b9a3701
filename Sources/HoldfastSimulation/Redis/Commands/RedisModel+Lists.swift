internal import HoldfastRedis

/// Commands on lists.
extension RedisModel {
    func listPush(_ arguments: [[UInt8]], atFront: Bool) throws(RedisFailure) -> RedisValue {
        let added = arguments[2...]
        let count = try change(RedisList.self, arguments[1], isMaking: true) { list in
            if atFront {
                list.items.insert(contentsOf: added.reversed(), at: 0)
            } else {
                list.items.append(contentsOf: added)
            }
            return list.items.count
        }
        return .number(count ?? 0)
    }

    func listPop(_ arguments: [[UInt8]], atFront: Bool) throws(RedisFailure) -> RedisValue {
        if arguments.count > 3 { throw .arity(atFront ? "lpop" : "rpop") }
        let wanted = arguments.count == 3 ? try count(arguments[2]) : nil
        let popped = try change(RedisList.self, arguments[1]) { list in
            let count = min(wanted ?? 1, list.items.count)
            let popped =
                atFront ? Array(list.items.prefix(count)) : list.items.suffix(count).reversed()
            if atFront { list.items.removeFirst(count) } else { list.items.removeLast(count) }
            return popped
        }
        guard let popped else { return .null }
        if wanted == nil { return popped.first.map(RedisValue.bulk) ?? .null }
        return .array(popped.map(RedisValue.bulk))
    }

    func listRange(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let (start, end) = (try integer(arguments[2]), try integer(arguments[3]))
        guard let list = try read(RedisList.self, arguments[1]) else { return .array([]) }
        return .array(list.items[list.places(start, end)].map(RedisValue.bulk))
    }

    func listTrim(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let (start, end) = (try integer(arguments[2]), try integer(arguments[3]))
        _ = try change(RedisList.self, arguments[1]) { list in
            list.items = Array(list.items[list.places(start, end)])
        }
        return .ok
    }

    func listCount(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        .number(try read(RedisList.self, arguments[1])?.items.count ?? 0)
    }

    func listIndex(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        guard let list = try read(RedisList.self, arguments[1]) else { return .null }
        let index = try integer(arguments[2])
        let place = index < 0 ? index &+ Int64(list.items.count) : index
        guard place >= 0, place < list.items.count else { return .null }
        return .bulk(list.items[Int(place)])
    }
}

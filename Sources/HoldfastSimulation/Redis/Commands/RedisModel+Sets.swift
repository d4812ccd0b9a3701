internal import HoldfastRedis

/// Commands on sets.
extension RedisModel {
    func setAdd(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let added = try change(RedisSet.self, arguments[1], isMaking: true) { set in
            arguments.dropFirst(2).count { set.set(RedisBytes($0), SetMember()) }
        }
        return .number(added ?? 0)
    }

    func setRemove(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let removed = try change(RedisSet.self, arguments[1]) { set in
            arguments.dropFirst(2).count { set.remove(RedisBytes($0)) != nil }
        }
        return .number(removed ?? 0)
    }

    func setMembers(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let pairs = try read(RedisSet.self, arguments[1])?.pairs ?? []
        return .array(pairs.map { .bulk($0.key.bytes) })
    }

    func setContains(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        .flag(try read(RedisSet.self, arguments[1])?[RedisBytes(arguments[2])] != nil)
    }

    func setCount(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        .number(try read(RedisSet.self, arguments[1])?.count ?? 0)
    }
}

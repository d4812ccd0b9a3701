internal import HoldfastRedis

/// Commands on hashes.
extension RedisModel {
    func hashSet(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        if arguments.count % 2 != 0 { throw .arity("hset") }
        let added = try change(RedisHash.self, arguments[1], isMaking: true) { hash in
            var added = 0
            for index in stride(from: 2, to: arguments.count, by: 2) {
                let value = RedisBytes(arguments[index + 1])
                if hash.set(RedisBytes(arguments[index]), value) { added += 1 }
            }
            return added
        }
        return .number(added ?? 0)
    }

    func hashGet(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let value = try read(RedisHash.self, arguments[1])?[RedisBytes(arguments[2])]
        return value.map { .bulk($0.bytes) } ?? .null
    }

    func hashGetMany(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let hash = try read(RedisHash.self, arguments[1])
        return .array(
            arguments.dropFirst(2).map { field in
                hash?[RedisBytes(field)].map { .bulk($0.bytes) } ?? .null
            })
    }

    func hashDelete(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let count = try change(RedisHash.self, arguments[1]) { hash in
            arguments.dropFirst(2).count { hash.remove(RedisBytes($0)) != nil }
        }
        return .number(count ?? 0)
    }

    func hashCount(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        .number(try read(RedisHash.self, arguments[1])?.count ?? 0)
    }

    func hashExists(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        .flag(try read(RedisHash.self, arguments[1])?[RedisBytes(arguments[2])] != nil)
    }

    func hashGetAll(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let pairs = try read(RedisHash.self, arguments[1])?.pairs ?? []
        return .array(pairs.flatMap { [.bulk($0.key.bytes), .bulk($0.value.bytes)] })
    }

    func hashIncrement(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let step = try integer(arguments[3])
        let sum = try change(RedisHash.self, arguments[1], isMaking: true) {
            hash throws(RedisFailure) in
            let field = RedisBytes(arguments[2])
            var old: Int64 = 0
            if let text = hash[field]?.bytes {
                guard let number = RedisNumber.integer(text) else {
                    throw RedisFailure("ERR hash value is not an integer")
                }
                old = number
            }
            let (sum, isOver) = old.addingReportingOverflow(step)
            if isOver { throw .overflow }
            hash.set(field, RedisBytes(RedisNumber.text(sum)))
            return sum
        }
        return .integer(sum ?? 0)
    }

    func hashScan(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let cursor = try ScanOptions.cursor(arguments[2])
        let hash = try read(RedisHash.self, arguments[1])
        guard let hash else { return .array([.bulk([UInt8(ascii: "0")]), .array([])]) }
        let options = try ScanOptions(arguments.dropFirst(3), hasType: false)
        // Redis gives a small hash, which it keeps in one piece, whole and in order.
        let isSmall =
            hash.count <= 128
            && hash.pairs.allSatisfy { $0.key.bytes.count <= 64 && $0.value.bytes.count <= 64 }
        let fields = hash.pairs.map(\.key)
        let page = isSmall ? (names: fields, next: 0) : options.page(of: fields, from: cursor)
        let found = page.names.filter { options.matches($0.bytes) }
        return .array([
            .bulk(Array(String(page.next).utf8)),
            .array(
                found.flatMap { field in
                    [.bulk(field.bytes), hash[field].map { .bulk($0.bytes) } ?? .null]
                }),
        ])
    }
}

internal import HoldfastRedis

/// How commands reach the data: by key, with the type that they expect, and with time applied.
extension RedisModel {
    /// Where the key is, unless its time is over; then it is removed, but on a replica.
    func place(of key: RedisBytes) -> Int? {
        guard let place = dataset.place(of: key) else { return nil }
        guard let expiry = dataset[place].expiry, nowMilliseconds > expiry else { return place }
        if !faults.isReplica { dataset.remove(key) }
        return nil
    }

    /// The string of a key; nil where there is none.
    func string(_ key: [UInt8]) throws(RedisFailure) -> [UInt8]? {
        guard let place = place(of: RedisBytes(key)) else { return nil }
        guard case .string(let bytes) = dataset[place].object else { throw .wrongType }
        return bytes
    }

    /// The collection of a key, to read; nil where there is none.
    func read<Collection: RedisCollection>(
        _ type: Collection.Type, _ key: [UInt8]
    ) throws(RedisFailure) -> Collection? {
        guard let place = place(of: RedisBytes(key)) else { return nil }
        guard let collection = Collection(dataset[place].object) else { throw .wrongType }
        return collection
    }

    /// Changes the collection of a key, which ends when nothing is left in it. Where there is none,
    /// it is made if the command makes one, and the answer is nil if not.
    func change<Collection: RedisCollection, Result>(
        _ type: Collection.Type, _ key: [UInt8], isMaking: Bool = false,
        _ body: (inout Collection) throws(RedisFailure) -> Result
    ) throws(RedisFailure) -> Result? {
        let key = RedisBytes(key)
        guard let place = place(of: key) else {
            guard isMaking else { return nil }
            var made = Collection()
            let result = try body(&made)
            if !made.isEmpty { dataset.set(key, made.object) }
            return result
        }
        guard Collection(dataset[place].object) != nil else { throw .wrongType }
        guard var collection = Collection(dataset.takeObject(at: place)) else { return nil }
        // Whatever the body did before it failed stays done, as it does in Redis.
        defer {
            if collection.isEmpty {
                dataset.remove(key)
            } else {
                dataset[place].object = collection.object
            }
        }
        return try body(&collection)
    }

    func integer(_ text: [UInt8]) throws(RedisFailure) -> Int64 {
        guard let value = RedisNumber.integer(text) else { throw .notAnInteger }
        return value
    }

    func double(_ text: [UInt8]) throws(RedisFailure) -> Double {
        guard let value = RedisNumber.double(text) else { throw .notAFloat }
        return value
    }

    /// A count that must not be negative.
    func count(_ text: [UInt8]) throws(RedisFailure) -> Int {
        guard let value = RedisNumber.integer(text), value >= 0 else {
            throw RedisFailure("ERR value is out of range, must be positive")
        }
        return Int(value)
    }
}

extension RedisValue {
    static let ok = RedisValue.status(Array("OK".utf8))

    static func number(_ count: Int) -> RedisValue { .integer(Int64(count)) }

    static func flag(_ isSet: Bool) -> RedisValue { .integer(isSet ? 1 : 0) }
}

extension [UInt8] {
    /// Whether these are the letters of an option, in either case.
    func isWord(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { letters in
            unsafe zip(self, letters).allSatisfy { ($0 >= 65 && $0 <= 90 ? $0 | 0x20 : $0) == $1 }
        }
    }
}

import HoldfastBase

/// What lies on a Redis node, key by key, as docs/nodes.md says what each key is.
enum RedisResidue {
    struct Found {
        let kind: ResidualFact.Kind
        let name: String
        let expiresIn: Interval?
    }

    static func read(_ dataset: RedisDataset, milliseconds now: Int64) -> [Found] {
        dataset.keys.compactMap { key in
            guard let entry = dataset[key] else { return nil }
            // Redis drops it when somebody looks.
            if let expiry = entry.expiry, expiry < now { return nil }
            let left = entry.expiry.map { $0 - now }
            guard let kind = kind(key.bytes, entry, left, dataset, now) else { return nil }
            return Found(
                kind: kind, name: TextEscape.printable(String(decoding: key.bytes, as: UTF8.self)),
                expiresIn: left.map { .milliseconds($0) })
        }
    }

    /// `nil`: it may be there.
    private static func kind(
        _ key: [UInt8], _ entry: RedisEntry, _ left: Int64?, _ dataset: RedisDataset, _ now: Int64
    ) -> ResidualFact.Kind? {
        func begins(_ text: String) -> Bool { key.starts(with: Array("hf1:\(text)".utf8)) }
        func isNamed(_ text: String) -> Bool { key == Array("hf1:\(text)".utf8) }
        if isNamed("g") { return .gate }
        if isNamed("c") || isNamed("cn") { return .changeLog }
        if begins("l:") { return isHeld(entry) && left == nil ? .holder : .freeLock }
        if begins("q:") || begins("w:") {
            let places = Array("hf1:w:".utf8) + key.dropFirst(6)
            return hasStanding(dataset[RedisBytes(places)], now) ? .waiter : nil
        }
        if begins("s:") || isNamed("d") { return .session }
        if begins("t:") { return .tombstone }
        // Registers are kept for ever.
        if isNamed("rf") || isNamed("rz") || isNamed("rd") || begins("r:") { return nil }
        // Of a server that lives, and ends with it.
        if begins("v:") { return left == nil ? .tombstone : nil }
        return .other
    }

    private static func isHeld(_ entry: RedisEntry) -> Bool {
        guard case .string(let text) = entry.object, let first = text.first else { return false }
        return first | 0x20 == UInt8(ascii: "h")
    }

    /// Whether a place of a queue stands still: what stands no more is passed by, and goes with it.
    private static func hasStanding(_ entry: RedisEntry?, _ now: Int64) -> Bool {
        guard case .hash(let places)? = entry?.object else { return false }
        return places.pairs.contains { pair in
            let fields = String(decoding: pair.value.bytes, as: UTF8.self).split(separator: " ")
            return fields.count > 3 ? (Int64(fields[3]) ?? .max) >= now : true
        }
    }
}

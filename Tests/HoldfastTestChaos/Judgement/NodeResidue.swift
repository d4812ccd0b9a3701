import HoldfastBase
import HoldfastSimulation

/// What lies on a node, key by key, as docs/nodes.md says what each key is.
enum NodeResidue {
    static func read(_ node: RedisProcess) throws -> [ResidualFact] {
        let talk = try RedisTalk(port: node.port)
        var facts: [ResidualFact] = []
        var cursor = Array("0".utf8)
        repeat {
            let page = try talk.ask([
                Array("SCAN".utf8), cursor, Array("COUNT".utf8), Array("1000".utf8),
            ]).elements
            guard page.count == 2 else { throw ChaosFailure("no page of SCAN") }
            cursor = page[0].bytes
            for key in page[1].elements.map(\.bytes) where !isOfRegisters(key) {
                let left = try talk.ask([Array("PTTL".utf8), key]).integer ?? -2
                // It has gone meanwhile.
                if left == -2 { continue }
                if try areFallen(key, left, talk) { continue }
                facts.append(fact(node.number, key, left))
            }
        } while cursor != Array("0".utf8)
        return facts
    }

    /// What registers leave on a node is there to stay.
    private static func isOfRegisters(_ key: [UInt8]) -> Bool {
        key.starts(with: Array("hf1:r".utf8))
    }

    /// Whether a queue has only places that stand no more: those are passed by, and go with it.
    private static func areFallen(
        _ key: [UInt8], _ left: Int64, _ talk: RedisTalk
    ) throws -> Bool {
        guard key.starts(with: Array("hf1:q:".utf8)) || key.starts(with: Array("hf1:w:".utf8)),
            (0...3_600_000).contains(left)
        else { return false }
        let facts = Array("hf1:w:".utf8) + key.dropFirst(6)
        let places = try talk.ask([Array("HVALS".utf8), facts]).elements
        let time = try talk.ask("TIME").elements.map { Int64($0.string) ?? 0 }
        guard time.count == 2 else { return false }
        let now = time[0] * 1000 + time[1] / 1000
        return places.allSatisfy { place in
            let fields = String(decoding: place.bytes, as: UTF8.self).split(separator: " ")
            return fields.count > 3 && (Int64(fields[3]) ?? .max) < now
        }
    }

    /// How long the record of a lock stays after it is free, or after its grants have ended.
    static let retention: Int64 = 120_000

    private static func fact(_ node: Int, _ key: [UInt8], _ left: Int64) -> ResidualFact {
        let expiresIn: Interval? = left < 0 ? nil : .milliseconds(left)
        return ResidualFact(
            .node(node), kind(key, left), name(key), expiresIn: expiresIn)
    }

    private static func kind(_ key: [UInt8], _ left: Int64) -> ResidualFact.Kind {
        // By bytes: ids may begin with what belongs to the character before it.
        func begins(_ text: String) -> Bool { key.starts(with: Array("hf1:\(text)".utf8)) }
        func isNamed(_ text: String) -> Bool { key == Array("hf1:\(text)".utf8) }
        if isNamed("g") { return .gate }
        if isNamed("c") || isNamed("cn") { return .changeLog }
        // Without end it lives as long as a session; with a later end as its grants.
        if begins("l:") { return left < 0 || left > retention ? .holder : .freeLock }
        if begins("q:") || begins("w:") { return .waiter }
        if begins("s:") || isNamed("d") { return .session }
        if begins("t:") || begins("v:") { return .tombstone }
        return .other
    }

    private static func name(_ key: [UInt8]) -> String {
        TextEscape.printable(String(decoding: key, as: UTF8.self))
    }
}

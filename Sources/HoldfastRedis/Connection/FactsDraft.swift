internal import HoldfastBase
internal import HoldfastNode

/// Facts of a node while they are being read, one reply after the other.
///
/// INFO is asked section by section, and CONFIG GET value by value, because nodes before Redis 7 take
/// no more at once. Access rules may forbid CONFIG: what is not told stays unknown.
struct FactsDraft {
    /// The questions, in the order in which they are asked.
    enum Part: UInt8, CaseIterable {
        case server
        case replication
        case memory
        case persistence
        case policy
        case appendOnly
        case appendFsync
        case time
        case gate

        func command(gateKey: [UInt8], into writer: inout RedisCommandWriter) {
            switch self {
            case .server: writer.command(["INFO", "server"])
            case .replication: writer.command(["INFO", "replication"])
            case .memory: writer.command(["INFO", "memory"])
            case .persistence: writer.command(["INFO", "persistence"])
            case .policy: writer.command(["CONFIG", "GET", "maxmemory-policy"])
            case .appendOnly: writer.command(["CONFIG", "GET", "appendonly"])
            case .appendFsync: writer.command(["CONFIG", "GET", "appendfsync"])
            case .time: writer.command(["TIME"])
            case .gate:
                writer.begin(words: 2)
                writer.append("GET")
                writer.append(gateKey)
            }
        }

        /// The questions of a session with this gate key: without one, all but the last.
        static func asked(gateKey: [UInt8]) -> [Part] {
            gateKey.isEmpty ? Array(allCases.dropLast()) : allCases
        }

        /// Whether the node may refuse to answer.
        var isOptional: Bool {
            switch self {
            case .policy, .appendOnly, .appendFsync: true
            case .server, .replication, .memory, .persistence, .time, .gate: false
            }
        }
    }

    private(set) var facts = NodeFacts()
    /// Why the facts cannot be had; the first reason counts.
    private(set) var failure: RedisFailure?
    private var isLogging: Bool?
    private var fsync: String?

    init(asked: Instant) {
        facts.asked = asked
    }

    /// Takes in one reply; false when it is of a kind that this question never has.
    mutating func take(_ part: Part, _ value: RedisValue, now: Instant) -> Bool {
        if case .error(let text) = value {
            if !part.isOptional, failure == nil { failure = RedisFailure(error: text) }
            return true
        }
        switch (part, value) {
        case (.server, .bulk(let text)):
            facts.runID = InfoText.value("run_id", in: text)
            facts.redisVersion = InfoText.value("redis_version", in: text)
        case (.replication, .bulk(let text)):
            facts.replicationID = InfoText.value("master_replid", in: text)
            let before = InfoText.value("master_replid2", in: text) ?? ""
            facts.wasReplica = before.utf8.contains { $0 != UInt8(ascii: "0") }
            switch InfoText.value("role", in: text) {
            case "master": facts.role = .master
            case "slave", "replica": facts.role = .replica
            default: facts.role = .unknown
            }
        case (.memory, .bulk(let text)):
            facts.maxmemoryPolicy = InfoText.value("maxmemory_policy", in: text)
            facts.maxmemoryBytes = InfoText.value("maxmemory", in: text).flatMap { UInt64($0) }
        case (.persistence, .bulk(let text)):
            isLogging = InfoText.value("aof_enabled", in: text).map { $0 == "1" }
        case (.policy, .array(let pair)):
            if let value = Self.setting(pair) { facts.maxmemoryPolicy = value }
        case (.appendOnly, .array(let pair)):
            if let value = Self.setting(pair) { isLogging = value == "yes" }
        case (.appendFsync, .array(let pair)):
            fsync = Self.setting(pair)
        case (.time, .array(let parts)):
            guard let time = Self.time(parts) else { return false }
            facts.timeMicroseconds = time
            facts.answered = now
        case (.gate, .bulk(let bytes)): facts.gate = bytes
        case (.gate, .null): facts.gate = nil
        default: return false
        }
        return true
    }

    /// What was learnt, when every question has its answer.
    var result: NodeFacts {
        var facts = facts
        switch (isLogging, fsync) {
        case (false?, _): facts.persistence = .none
        case (true?, "always"): facts.persistence = .always
        case (true?, "everysec"): facts.persistence = .everySecond
        case (true?, "no"): facts.persistence = .operatingSystem
        case (true?, _): facts.persistence = .logged
        case (nil, _): facts.persistence = .unknown
        }
        return facts
    }

    /// The value of an answer to CONFIG GET; empty when the node does not know the name.
    private static func setting(_ pair: [RedisValue]) -> String? {
        guard pair.count == 2, case .bulk(let value) = pair[1] else { return nil }
        return InfoText.bounded(value[...])
    }

    /// Seconds and microseconds, each a string, as one number.
    private static func time(_ parts: [RedisValue]) -> UInt64? {
        guard parts.count == 2, case .bulk(let first) = parts[0], case .bulk(let second) = parts[1],
            let seconds = UInt64(String(decoding: first, as: UTF8.self)),
            let microseconds = UInt64(String(decoding: second, as: UTF8.self)),
            microseconds < 1_000_000
        else { return nil }
        let (product, isTooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, isOver) = product.addingReportingOverflow(microseconds)
        return isTooLarge || isOver ? nil : sum
    }
}

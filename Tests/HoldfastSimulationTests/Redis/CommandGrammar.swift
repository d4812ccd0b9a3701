import HoldfastBase

/// Random commands over few keys, fields and values, so that they meet; some of them are wrong.
struct CommandGrammar {
    private var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func command() -> [[UInt8]] {
        var words = chance(20) ? lexicalCommand() : wellFormed()
        if chance(20) {
            switch upTo(4) {
            case 0: if words.count > 1 { words.removeLast() }
            case 1: words.append(pick(Self.values))
            case 2: words[words.count - 1] = pick(Self.oddities)
            default: words[1 % words.count] = pick(Self.keys)
            }
        }
        if chance(200) { words[0] = pick(["nosuch", "GETT", "SCRIPT", "CLIENT", "CONFIG"]) }
        return words.map { Array($0.utf8) }
    }

    mutating func upTo(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
    mutating func chance(_ one: Int) -> Bool { upTo(one) == 0 }
    mutating func pick(_ words: [String]) -> String { words[upTo(words.count)] }

    static let keys = ["a", "b", "c", "ab", "ba", "x:1", "x:2", "y*", "z", "zz"]
    static let values = [
        "0", "1", "-1", "7", "10", "007", "+5", " 1", "1.5", "3e2", "abc", "", "good day",
        "9223372036854775807", "-9223372036854775808", "a\r\nb",
    ]
    static let fields = ["f", "g", "h", "1", "2", "longer field", ""]
    static let numbers = ["0", "1", "-1", "2", "3", "5", "100", "-3", "-100"]
    static let oddities = [
        "", "x", "nan", "inf", "99999999999999999999", "1e400", "-0", "0x10", "[", "nx", "ch",
    ]
    static let scores = [
        "0", "1", "2", "-1", "1.5", "0.1", "3", "1e10", "1e300", "-inf", "+inf", "inf", "-0", "7",
        "9007199254740993", "1e-7", "123456789.123",
    ]
    static let bounds = ["-inf", "+inf", "0", "(0", "1", "(1", "2", "1.5", "(1e10", "(-inf", ""]
    static let names = ["-", "+", "[f", "(f", "[", "(", "(g", "[h", "[2", "x", "[longer field"]
    static let patterns = ["*", "a*", "?", "x:[0-9]", "[^a]", "*b", "\\a", "y\\*", "[ab]?", "**a"]

    /// Points in time that are over, or so far away that this test does not reach them.
    static let ends = ["1", "1000", "4102444800000", "4102444800500", "4200000000000"]

    /// What most keys of the command under way hold, as most commands should find what they expect.
    private var kind = 0

    private mutating func key() -> String {
        chance(6) ? pick(Self.keys) : Self.keys[min(kind * 2 + upTo(2), Self.keys.count - 1)]
    }

    private mutating func several(_ words: [String]) -> [String] {
        (0...upTo(3)).map { _ in pick(words) }
    }

    /// The words of a well-formed command for a script, whose reply depends on nothing but the data.
    mutating func scriptCommand() -> [String] {
        let fickle = ["PTTL", "TTL", "SMEMBERS", "SCAN", "SELECT", "CLIENT", "CONFIG"]
        while true {
            let words = wellFormed()
            if !fickle.contains(words[0]) { return words }
        }
    }

    private mutating func maybe(_ options: [[String]]) -> [String] {
        options.flatMap { chance(3) ? $0 : [] }
    }

    private mutating func wellFormed() -> [String] {
        kind = upTo(5)
        if chance(6) { return chance(8) ? serverCommand() : keysCommand() }
        return switch kind {
        case 0: stringCommand()
        case 1: hashCommand()
        case 2: setCommand()
        case 3: listCommand()
        default: sortedCommand()
        }
    }

    private mutating func keysCommand() -> [String] {
        switch upTo(14) {
        case 0, 1: ["DEL"] + (chance(3) ? several(Self.keys) : [key()])
        case 2: ["EXISTS"] + several(Self.keys)
        case 3: ["TYPE", key()]
        case 4: ["RENAME", key(), key()]
        case 5:
            ["PEXPIREAT", key(), pick(Self.ends)]
                + maybe([["NX"], ["XX"], ["gt"], ["LT"]])
        case 6:
            ["PEXPIRE", key(), pick(["100000", "200000", "0", "-5"])] + maybe([["NX"], ["XX"]])
        case 7: ["EXPIRE", key(), pick(["100", "2000", "0", "-5", "9223372036854775"])]
        case 8: ["PERSIST", key()]
        case 9: ["PTTL", key()]
        case 10: ["TTL", key()]
        case 11: ["DBSIZE"]
        case 12: chance(20) ? [pick(["FLUSHALL", "FLUSHDB"])] : ["UNLINK", key()]
        default:
            ["SCAN", "0", "COUNT", "1000"]
                + maybe([
                    ["MATCH", pick(Self.patterns)], ["TYPE", pick(["hash", "ZSET", "list"])],
                ])
        }
    }

    private mutating func stringCommand() -> [String] {
        switch upTo(12) {
        case 0, 1: ["GET", key()]
        case 2: ["SET", key(), pick(Self.values)]
        case 3, 4:
            ["SET", key(), pick(Self.values)]
                + maybe([
                    ["NX"], ["xx"], ["GET"], ["KEEPTTL"],
                    ["PX", pick(["100000", "0", "-1", "x"])],
                    ["EX", pick(["100", "9223372036854775807"])], ["PXAT", pick(Self.ends)],
                    ["EXAT", "4102444800"],
                ])
        case 5: ["SET", key(), pick(Self.values), pick(["NX", "XX", "GET"])]
        case 6: ["INCR", key()]
        case 7: ["INCRBY", key(), pick(Self.values)]
        case 8: ["APPEND", key(), pick(["", "x", "12"])]
        case 9: ["STRLEN", key()]
        case 10: ["GETRANGE", key(), pick(Self.numbers), pick(Self.numbers)]
        default: ["MGET"] + several(Self.keys)
        }
    }

    private mutating func hashCommand() -> [String] {
        switch upTo(11) {
        case 0, 1, 2:
            ["HSET", key()]
                + several(Self.fields).flatMap { [$0, pick(Self.values)] }
        case 3: ["HGET", key(), pick(Self.fields)]
        case 4: ["HMGET", key()] + several(Self.fields)
        case 5: ["HDEL", key()] + several(Self.fields)
        case 6: ["HLEN", key()]
        case 7: ["HGETALL", key()]
        case 8: ["HEXISTS", key(), pick(Self.fields)]
        case 9: ["HINCRBY", key(), pick(Self.fields), pick(Self.values)]
        default:
            ["HSCAN", key(), "0"] + maybe([["COUNT", "1000"], ["MATCH", pick(Self.patterns)]])
        }
    }

    private mutating func setCommand() -> [String] {
        switch upTo(6) {
        case 0, 1: ["SADD", key()] + several(Self.fields)
        case 2: ["SREM", key()] + several(Self.fields)
        case 3: ["SMEMBERS", key()]
        case 4: ["SISMEMBER", key(), pick(Self.fields)]
        default: ["SCARD", key()]
        }
    }

    private mutating func listCommand() -> [String] {
        switch upTo(9) {
        case 0, 1: ["RPUSH", key()] + several(Self.values)
        case 2: ["LPUSH", key()] + several(Self.values)
        case 3: ["LRANGE", key(), pick(Self.numbers), pick(Self.numbers)]
        case 4: ["LTRIM", key(), pick(Self.numbers), pick(Self.numbers)]
        case 5: ["LLEN", key()]
        case 6: ["LPOP", key()] + maybe([[pick(Self.numbers)]])
        case 7: ["RPOP", key()] + maybe([[pick(Self.numbers)]])
        default: ["LINDEX", key(), pick(Self.numbers)]
        }
    }

    /// Of members with one score, which alone have an order by name: scripts, which put other words
    /// into commands, are not asked.
    private mutating func lexicalCommand() -> [String] {
        switch upTo(3) {
        case 0: ["ZADD", "lex", "0", pick(Self.fields)]
        case 1:
            ["ZRANGEBYLEX", "lex", pick(Self.names), pick(Self.names)]
                + maybe([["LIMIT", pick(Self.numbers), pick(Self.numbers)]])
        default: ["ZREM", "lex", pick(Self.fields)]
        }
    }

    private mutating func sortedCommand() -> [String] {
        switch upTo(13) {
        case 0, 1, 2:
            ["ZADD", key()] + maybe([["NX"], ["XX"], ["gt"], ["LT"], ["CH"]])
                + several(Self.scores).flatMap { [$0, pick(Self.fields)] }
        case 3: ["ZADD", key(), "INCR", pick(Self.scores), pick(Self.fields)]
        case 4: ["ZREM", key()] + several(Self.fields)
        case 5: ["ZSCORE", key(), pick(Self.fields)]
        case 6: ["ZCARD", key()]
        case 7: ["ZRANK", key(), pick(Self.fields)]
        case 8:
            ["ZRANGE", key(), pick(Self.numbers), pick(Self.numbers)]
                + maybe([["WITHSCORES"], ["REV"]])
        case 9:
            ["ZRANGE", key(), pick(Self.bounds), pick(Self.bounds), "BYSCORE"]
                + maybe([
                    ["LIMIT", pick(Self.numbers), pick(Self.numbers)], ["REV"], ["WITHSCORES"],
                ])
        case 10:
            ["ZRANGEBYSCORE", key(), pick(Self.bounds), pick(Self.bounds)]
                + maybe([["LIMIT", pick(Self.numbers), pick(Self.numbers)], ["WITHSCORES"]])
        case 11:
            [pick(["ZREMRANGEBYSCORE", "ZCOUNT"]), key(), pick(Self.bounds), pick(Self.bounds)]
        default: ["ZPOPMIN", key()] + maybe([[pick(Self.numbers)]])
        }
    }

    private mutating func serverCommand() -> [String] {
        switch upTo(6) {
        case 0: ["PING"] + maybe([["hello"]])
        case 1: ["ECHO", pick(Self.values)]
        case 2: ["SELECT", pick(["0", "x", "-1"])]
        case 3: ["CLIENT", "SETNAME", pick(["me", "a b"])]
        case 4: ["CONFIG", "GET", pick(["maxmemory-policy", "appendonly", "appendfsync"])]
        default: ["PUBLISH", "channel", "text"]
        }
    }
}

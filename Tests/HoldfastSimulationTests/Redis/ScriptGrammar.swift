import HoldfastBase

/// Random scripts: commands, strings, numbers, tables, and every way to fail.
///
/// Nothing in them depends on the machine, such as the address that `tostring` shows of a table.
struct ScriptGrammar {
    private var commands: CommandGrammar
    /// How many local variables the script has so far.
    private var variableCount = 0

    init(seed: UInt64) {
        commands = CommandGrammar(seed: seed &+ 1_000)
    }

    /// An `EVAL` of a random script with two keys and three arguments.
    mutating func command() -> [[UInt8]] {
        variableCount = 0
        var lines = (0...commands.upTo(5)).map { _ in statement() }
        lines.append("return " + (commands.chance(3) ? table() : value()))
        var text = Array(lines.joined(separator: "\n").utf8)
        if commands.chance(25) { text.remove(at: commands.upTo(text.count)) }
        let words = [
            "2", pick(CommandGrammar.keys), pick(CommandGrammar.keys),
            pick(CommandGrammar.values), pick(CommandGrammar.scores), pick(CommandGrammar.oddities),
        ]
        return [Array("EVAL".utf8), text] + words.map { Array($0.utf8) }
    }

    private mutating func pick(_ words: [String]) -> String { commands.pick(words) }

    private mutating func statement() -> String {
        switch commands.upTo(12) {
        case 0, 1, 2, 3:
            let call = redisCall()
            return declare() + call
        case 4, 5:
            let value = value()
            return declare() + value
        case 6: return redisCall()
        case 7: return "if \(condition()) then return \(value()) end"
        case 8: return "for i = 1, 3 do redis.call('RPUSH', KEYS[1], i) end"
        case 9:
            let call = redisCall()
            return declare() + "({pcall(function() return \(call) end)})[2]"
        case 10: return commands.chance(3) ? failure() : "-- nothing"
        default: return "local function f(x) return \(value()) end"
        }
    }

    private mutating func declare() -> String {
        variableCount += 1
        return "local v\(variableCount) = "
    }

    private mutating func redisCall() -> String {
        let words = commands.scriptCommand()
        // A key that ends within this test ends for one of the two servers first.
        let isTimed = words[0].contains("EXPIRE") || words.contains { ["PX", "EX"].contains($0) }
        let arguments = words.map { word in
            if isTimed { return quoted(word) }
            switch commands.upTo(12) {
            case 0: return "KEYS[1]"
            case 1: return number()
            case 2 where commands.chance(4): return value()
            default: return quoted(word)
            }
        }
        let name = commands.chance(3) ? "pcall" : "call"
        return "redis.\(name)(\(arguments.joined(separator: ", ")))"
    }

    private func quoted(_ word: String) -> String {
        "'" + word.flatMap { $0 == "\r\n" ? "\\r\\n" : $0 == "\\" ? "\\\\" : "\($0)" } + "'"
    }

    private mutating func condition() -> String {
        pick([
            "\(value()) == \(value())", "type(\(value())) == 'string'", "not \(value())",
            "\(number()) < \(number())", "#ARGV[1] > 3",
        ])
    }

    private mutating func number() -> String {
        pick([
            "0", "1", "-1", "3.5", "-2.75", "1e15", "1e17", "2^53", "2^63", "1/0", "-1/0", "0/0",
            "-0", "123456789012", "0.1", "1e100", "#KEYS", "7 % 3", "-7 % 3",
            "math.floor(2.7)", "math.max(1, 5)", "tonumber(ARGV[2])", "tonumber('0x1f')",
        ])
    }

    private mutating func text() -> String {
        pick([
            "'abc'", "''", "ARGV[1]", "ARGV[2]", "ARGV[3]", "KEYS[1]", "'a\\0b'",
            "'line\\r\\nline'",
            "string.format('%.0f', \(number()))", "string.format('%d %5.2f %s', 3, 1.5, 'x')",
            "string.format('%q', ARGV[1])", "ARGV[1] .. ':' .. 1.5", "1e20 .. ''", "2^31 .. ''",
            "string.rep('ab', 3)", "string.sub(ARGV[1], 2, -2)", "ARGV[1]:upper()",
            "string.gsub(ARGV[1], '%d+', '#')", "string.match(ARGV[1], '(%a+)')",
            "table.concat({1, 2.5, 'x'}, ',')", "redis.sha1hex(ARGV[1])", "tostring(\(number()))",
            "string.char(65, 200, 0)", "tostring(nil)", "tostring(1 == 1)", "type(nil)",
            "string.byte('A')", "('x'):rep(2)", "select('#', 1, nil, 2)", "#ARGV",
        ])
    }

    private mutating func value() -> String {
        switch commands.upTo(9) {
        case 0, 1: number()
        case 2, 3: text()
        case 4: pick(["true", "false", "nil", "KEYS", "ARGV", "KEYS[3]", "{}"])
        case 5: variableCount > 0 ? "v\(commands.upTo(variableCount) + 1)" : "1"
        case 6: reply()
        case 7: commands.chance(2) ? table() : number()
        default: variableCount > 0 ? "v\(commands.upTo(variableCount) + 1)" : text()
        }
    }

    private mutating func reply() -> String {
        pick([
            "{ok='FINE'}", "{err='MY mistake'}", "{err='bare'}", "redis.error_reply('OWN text')",
            "redis.error_reply('single')", "redis.error_reply('-WITH dash')",
            "redis.status_reply('done')", "redis.status_reply('a\\r\\nb')", "redis.error_reply(1)",
            "redis.error_reply('X a\\r\\nb\\r\\n')", "{ok=1}", "{err=2}", "{double=1.5}",
            "{ok='a\\0b'}",
            "redis.status_reply()", "redis.error_reply('')",
        ])
    }

    private mutating func table() -> String {
        let items = (0...commands.upTo(4)).map { _ in
            commands.chance(8) ? "key = \(number())" : value()
        }
        return "{" + items.joined(separator: ", ") + "}"
    }

    private mutating func failure() -> String {
        pick([
            "error('thrown')", "error({err='TABLE thrown'})", "error('no place', 0)", "error()",
            "error('outside', 2)", "error(12)", "error(true)", "local x = undefined",
            "undefined = 1",
            "string.x = 1", "redis.call = nil", "KEYS[1] = KEYS[1] .. nil", "local n = nil + 1",
            "local n = nil; n.x = 1", "nothing.x()", "assert(false, 'asserted')", "assert(nil)",
            "assert(false, {err='ASSERTED table'})", "redis.call()", "redis.call('NOSUCH')",
            "redis.call('GET')", "redis.call('GET', {})", "redis.call('GET', nil)",
            "redis.call('EVAL', 'return 1', 0)", "redis.pcall('SUBSCRIBE', 'c')", "redis.nosuch()",
            "local t = setmetatable({}, {__index = function() error('deep') end}); return t.x",
            "local function g() return g2() end; g()", "rawset(_G, 'x', 1)", "_G.y = 1",
            "local ok, e = pcall(error, {err='CAUGHT it'}); return e", "redis.sha1hex()",
            "local ok, e = pcall(error, 'text'); return e", "return redis.call('INCR', 'a', 'b')",
            "return {1, {2, {3, nil, 4}}, redis.pcall('INCR', KEYS[1])}", "string.rep()",
            "local ok, e = pcall(redis.call, 'LPUSH', KEYS[1]); return e", "table.concat({{}})",
            "return xpcall(function() error('x') end, function(m) return m .. '!' end)",
            "local s = 0; for i = 1, 10 do s = s + i end; return s", "return #redis.call('TIME')",
            "string.format('%d', 'x')", "return tostring(0/0) .. tostring(-(0/0))",
            "for i, v in ipairs(ARGV) do redis.call('HSET', KEYS[2], i, v) end",
            "local a = {3, 1, 2}; table.sort(a); return a", "return unpack({1, 2, 3})",
            "return tonumber('10', 2) .. tostring(tonumber('z', 36))", "return {unpack(ARGV)}",
            "if redis.pcall('GET', KEYS[1]).err then return 'was an error' end",
        ])
    }
}

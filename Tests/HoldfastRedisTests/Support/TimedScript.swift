import HoldfastRedis

/// The shipped scripts with a clock that the test turns: the one line that reaches Redis is another.
///
/// The time comes as the last word of each call. Keys that are to end are remembered in a sorted set
/// by that time, and taken away at the start of the first script that runs at or after it.
enum TimedScript {
    static let marked = "local call = redis.call\n"

    private static let timed = #"""
        local call
        do
        local real, micros = redis.call, ARGV[#ARGV] + 0
        local now = (micros - micros % 1000) / 1000
        table.remove(ARGV)
        for _, key in ipairs(real('ZRANGEBYSCORE', 'test:ends', '-inf', now)) do
        real('DEL', key)
        real('ZREM', 'test:ends', key)
        end
        call = function(name, key, ...)
        local words = {...}
        if name == 'TIME' then
        local seconds = (micros - micros % 1000000) / 1000000
        return { string.format('%.0f', seconds), string.format('%.0f', micros % 1000000) }
        elseif name == 'SET' then
        if words[2] == 'PX' then
        real('ZADD', 'test:ends', now + words[3], key)
        elseif words[2] ~= 'KEEPTTL' then
        real('ZREM', 'test:ends', key)
        end
        return real('SET', key, words[1])
        elseif name == 'PEXPIRE' then
        return real('ZADD', 'test:ends', now + words[1], key)
        elseif name == 'RENAME' or name == 'DEL' then
        real('ZREM', 'test:ends', key)
        elseif name == 'DBSIZE' then
        return real('DBSIZE') - real('EXISTS', 'test:ends')
        elseif name == 'SCAN' then
        local page = real('SCAN', key, ...)
        for place = #page[2], 1, -1 do
        if page[2][place] == 'test:ends' then table.remove(page[2], place) end
        end
        return page
        elseif key == nil then
        return real(name)
        end
        return real(name, key, ...)
        end
        end

        """#

    /// Every script may write then, as the ends of keys are kept in one.
    static func source(of script: NodeScript) -> String {
        let source = script.source
        guard let place = source.firstRange(of: marked) else { return "missing" }
        let first = source.firstIndex(of: "\n") ?? source.startIndex
        return "#!lua flags=allow-oom" + source[first..<place.lowerBound] + timed
            + source[place.upperBound...]
    }

    /// The call of the shipped script as one of the timed: one word more, another digest.
    static func call(_ bytes: [UInt8], digest: String, microseconds: UInt64) -> [UInt8] {
        guard let end = bytes.firstIndex(of: 0x0D),
            let words = Int(String(decoding: bytes[1..<end], as: UTF8.self))
        else { return [] }
        // After the number of words: "\r\n$7\r\nEVALSHA\r\n$40\r\n" and the digest.
        let start = end + 2 + 13 + 5
        let time = String(microseconds)
        return Array("*\(words + 1)".utf8) + bytes[end..<start] + Array(digest.utf8)
            + bytes[(start + 40)...] + Array("$\(time.utf8.count)\r\n\(time)\r\n".utf8)
    }
}

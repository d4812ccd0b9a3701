/// The options of a scan, and one page of it.
///
/// The order of a scan is that of a number made of each name's bytes, and a cursor is the number
/// after the last name given. So what is there from the beginning to the end is given, whatever is
/// added and removed meanwhile: the one promise of a scan.
struct ScanOptions {
    private var pattern: GlobPattern?
    private(set) var count = 10
    private(set) var type: [UInt8]?

    init(_ options: ArraySlice<[UInt8]>, hasType: Bool) throws(RedisFailure) {
        var rest = options
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { throw .syntax }
            if option.isWord("count") {
                guard let number = RedisNumber.integer(value) else { throw .notAnInteger }
                if number < 1 { throw .syntax }
                count = Int(number)
            } else if option.isWord("match") {
                pattern = GlobPattern(value)
            } else if hasType, option.isWord("type") {
                type = value
            } else {
                throw .syntax
            }
        }
    }

    /// As `strtoul` reads it, which takes a negative number for a very large one.
    static func cursor(_ text: [UInt8]) throws(RedisFailure) -> UInt64 {
        if text.isEmpty { return 0 }
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = isNegative ? text.dropFirst() : text[...]
        guard digits.first != UInt8(ascii: "-") else { throw RedisFailure("ERR invalid cursor") }
        guard let cursor = UInt64(String(decoding: digits, as: UTF8.self)) else {
            throw RedisFailure("ERR invalid cursor")
        }
        return isNegative ? 0 &- cursor : cursor
    }

    func matches(_ name: [UInt8]) -> Bool {
        pattern?.matches(name) ?? true
    }

    /// The names of one call, and the cursor of the next, which is 0 at the end.
    func page(of names: [RedisBytes], from cursor: UInt64) -> (names: [RedisBytes], next: UInt64) {
        let rest: [(position: UInt64, name: RedisBytes)] =
            names.map { ($0.scanPosition, $0) }
            .filter { $0.0 >= cursor }
            .sorted { $0 < $1 }
        guard rest.count > count else { return (rest.map(\.name), 0) }
        let last = rest[count - 1].position
        let page = rest.prefix { $0.position <= last }
        return (page.map(\.name), page.count == rest.count ? 0 : last + 1)
    }
}

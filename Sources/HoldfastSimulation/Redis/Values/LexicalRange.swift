/// What `ZRANGEBYLEX` asks for: names between two, of members that all have the same score.
struct LexicalRange {
    private enum Bound {
        case least, greatest
        case name([UInt8], isOpen: Bool)
    }

    private let minimum: Bound
    private let maximum: Bound
    private var offset: Int64 = 0
    /// Negative: as many as there are.
    private var limit: Int64 = -1

    init(_ arguments: [[UInt8]]) throws(RedisFailure) {
        var rest = arguments[4...]
        while let option = rest.popFirst() {
            guard option.isWord("limit"), rest.count >= 2 else { throw .syntax }
            guard let first = rest.popFirst().flatMap(RedisNumber.integer),
                let second = rest.popFirst().flatMap(RedisNumber.integer)
            else { throw .notAnInteger }
            (offset, limit) = (first, second)
        }
        minimum = try Self.bound(arguments[2])
        maximum = try Self.bound(arguments[3])
    }

    private static func bound(_ text: [UInt8]) throws(RedisFailure) -> Bound {
        switch text.first {
        case UInt8(ascii: "-") where text.count == 1: .least
        case UInt8(ascii: "+") where text.count == 1: .greatest
        case UInt8(ascii: "("): .name(Array(text.dropFirst()), isOpen: true)
        case UInt8(ascii: "["): .name(Array(text.dropFirst()), isOpen: false)
        default: throw RedisFailure("ERR min or max not valid string range item")
        }
    }

    func names(of set: SortedSet) -> [[UInt8]] {
        if offset < 0 { return [] }
        let names = set.members.map { Array($0.name.bytes) }
            .drop { !isAboveMinimum($0) }.prefix { isBelowMaximum($0) }
            .dropFirst(Int(clamping: offset))
        return limit < 0 ? Array(names) : Array(names.prefix(Int(clamping: limit)))
    }

    private func isAboveMinimum(_ name: [UInt8]) -> Bool {
        switch minimum {
        case .least: true
        case .greatest: false
        case .name(let bound, let isOpen):
            bound.lexicographicallyPrecedes(name) || !isOpen && bound == name
        }
    }

    private func isBelowMaximum(_ name: [UInt8]) -> Bool {
        switch maximum {
        case .least: false
        case .greatest: true
        case .name(let bound, let isOpen):
            name.lexicographicallyPrecedes(bound) || !isOpen && bound == name
        }
    }
}

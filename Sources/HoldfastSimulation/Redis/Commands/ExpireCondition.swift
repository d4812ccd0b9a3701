/// Under which condition an end is set: `NX`, `XX`, `GT` and `LT` of the `EXPIRE` family.
struct ExpireCondition {
    private var isForNone = false
    private var isForSome = false
    private var isForLater = false
    private var isForEarlier = false

    init(_ options: ArraySlice<[UInt8]>) throws(RedisFailure) {
        for option in options {
            if option.isWord("nx") {
                isForNone = true
            } else if option.isWord("xx") {
                isForSome = true
            } else if option.isWord("gt") {
                isForLater = true
            } else if option.isWord("lt") {
                isForEarlier = true
            } else {
                let text = option.prefix { $0 != 0 }.map { $0 == 10 || $0 == 13 ? 32 : $0 }
                throw RedisFailure(bytes: Array("ERR Unsupported option ".utf8) + text)
            }
        }
        if isForNone, isForSome || isForLater || isForEarlier {
            throw RedisFailure(
                "ERR NX and XX, GT or LT options at the same time are not compatible")
        }
        if isForLater, isForEarlier {
            throw RedisFailure("ERR GT and LT options at the same time are not compatible")
        }
    }

    /// Whether `end` may take the place of `current`, of which nil is never.
    func allows(_ end: Int64, over current: Int64?) -> Bool {
        guard let current else { return !isForSome && !isForLater }
        if isForNone { return false }
        if isForLater { return end > current }
        return !isForEarlier || end < current
    }
}

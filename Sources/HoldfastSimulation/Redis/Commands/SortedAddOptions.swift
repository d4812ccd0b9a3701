/// The options of `ZADD`.
struct SortedAddOptions {
    private var isForNew = false
    private var isForExisting = false
    private var isForGreater = false
    private var isForLess = false
    private(set) var isCountingChanges = false
    private(set) var isIncrementing = false

    /// Takes the options from the front of the words; what is left are scores and members.
    init(taking rest: inout ArraySlice<[UInt8]>) throws(RedisFailure) {
        while let option = rest.first {
            if option.isWord("nx") {
                isForNew = true
            } else if option.isWord("xx") {
                isForExisting = true
            } else if option.isWord("gt") {
                isForGreater = true
            } else if option.isWord("lt") {
                isForLess = true
            } else if option.isWord("ch") {
                isCountingChanges = true
            } else if option.isWord("incr") {
                isIncrementing = true
            } else {
                break
            }
            rest.removeFirst()
        }
        if rest.isEmpty || rest.count % 2 != 0 { throw .syntax }
        if isForNew, isForExisting {
            throw RedisFailure("ERR XX and NX options at the same time are not compatible")
        }
        if isForGreater && isForNew || isForLess && isForNew || isForGreater && isForLess {
            throw RedisFailure(
                "ERR GT, LT, and/or NX options at the same time are not compatible")
        }
        if isIncrementing, rest.count > 2 {
            throw RedisFailure("ERR INCR option supports a single increment-element pair")
        }
    }

    /// The score that a member gets; nil: nothing is done to it.
    func score(_ score: Double, over old: Double?) throws(RedisFailure) -> Double? {
        guard let old else { return isForExisting ? nil : score }
        if isForNew { return nil }
        let wanted = isIncrementing ? old + score : score
        if wanted.isNaN { throw RedisFailure("ERR resulting score is not a number (NaN)") }
        if isForLess && wanted >= old || isForGreater && wanted <= old { return nil }
        return wanted
    }
}

/// The options of `SET`.
struct SetOptions {
    private(set) var isForNew = false
    private(set) var isForExisting = false
    private(set) var isAnsweringOld = false
    private(set) var isKeepingExpiry = false
    /// When the key ends, as the caller wrote it, and how.
    private var expiry: (form: String, text: [UInt8])?

    init(_ options: ArraySlice<[UInt8]>) throws(RedisFailure) {
        var rest = options
        while let option = rest.popFirst() {
            let form = ["ex", "px", "exat", "pxat"].first { option.isName($0) }
            if option.isWord("nx"), !isForExisting {
                isForNew = true
            } else if option.isWord("xx"), !isForNew {
                isForExisting = true
            } else if option.isWord("get") {
                isAnsweringOld = true
            } else if option.isWord("keepttl"), expiry == nil {
                isKeepingExpiry = true
            } else if let form, !isKeepingExpiry, expiry == nil || expiry?.form == form,
                let text = rest.popFirst()
            {
                expiry = (form, text)
            } else {
                throw .syntax
            }
        }
    }

    /// The point in time at which the key ends; nil: never, or as before.
    func end(now: Int64) throws(RedisFailure) -> Int64? {
        guard let expiry else { return nil }
        guard var end = RedisNumber.integer(expiry.text) else { throw .notAnInteger }
        let isInSeconds = expiry.form.hasPrefix("ex")
        if end <= 0 || isInSeconds && end > Int64.max / 1000 { throw .expiry("set") }
        if isInSeconds { end *= 1000 }
        if !expiry.form.hasSuffix("at") { end &+= now }
        if end <= 0 { throw .expiry("set") }
        return end
    }
}

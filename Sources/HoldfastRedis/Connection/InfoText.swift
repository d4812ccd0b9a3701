/// Reads the text that INFO answers: lines of `name:value`.
enum InfoText {
    /// Longest value that is kept; nothing we ask for is longer.
    static let valueBytesMax = 128

    /// The value of the line that begins with `name` and a colon.
    static func value(_ name: String, in text: [UInt8]) -> String? {
        let wanted = Array((name + ":").utf8)
        var start = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: 0x0A) ?? text.count
            if text[start..<end].starts(with: wanted) {
                var value = text[(start + wanted.count)..<end]
                if value.last == 0x0D { value.removeLast() }
                return bounded(value)
            }
            start = end + 1
        }
        return nil
    }

    static func bounded(_ value: ArraySlice<UInt8>) -> String? {
        guard value.count <= valueBytesMax else { return nil }
        return String(validating: value, as: UTF8.self)
    }
}

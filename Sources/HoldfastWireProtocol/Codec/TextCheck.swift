internal import Glibc

/// Whether bytes are text we take: UTF-8 without NUL.
///
/// Names are ASCII nearly always, so eight bytes are judged at a time: in `word | (word - 0x01…01)`
/// the top bit of a byte is set when the byte is above 0x7f, or is 0 (the subtraction borrows).
/// What that refuses goes to the standard library's validator.
enum TextCheck {
    enum Result {
        case good, hasNUL, notUTF8
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080

    /// Checks `start ..< end` of `bytes`, which must lie within it.
    @inline(__always)
    static func check(_ bytes: RawSpan, from start: Int, to end: Int) -> Result {
        var at = start
        while end &- at >= 8 {
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
            guard (word | (word &- ones)) & tops == 0 else { return slow(bytes, start, end) }
            at &+= 8
        }
        while at < end {
            let byte = unsafe bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self)
            guard byte &- 1 < 0x7f else { return slow(bytes, start, end) }
            at &+= 1
        }
        return .good
    }

    @inline(never)
    private static func slow(_ bytes: RawSpan, _ start: Int, _ end: Int) -> Result {
        unsafe bytes.extracting(start..<end).withUnsafeBytes { memory in
            let text = unsafe memory.bindMemory(to: UInt8.self)
            guard let base = text.baseAddress else { return .good }
            guard unsafe memchr(base, 0, text.count) == nil else { return .hasNUL }
            do {
                _ = try unsafe UTF8Span(validating: text.span)
                return .good
            } catch {
                return .notUTF8
            }
        }
    }
}

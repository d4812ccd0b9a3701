/// A name as the key of a table: two names are one only when they have the same bytes.
///
/// `String` takes composed and decomposed letters for the same; the nodes, and policies, do not, and
/// what they keep apart must not meet here.
struct NameKey: Hashable, Comparable, Sendable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    @inline(__always)
    static func == (left: NameKey, right: NameKey) -> Bool {
        unsafe isSame(left.text.utf8Span.span.bytes, right.text.utf8Span.span.bytes)
    }

    /// Eight bytes at a time: tables compare names all the time.
    private static func isSame(_ left: RawSpan, _ right: RawSpan) -> Bool {
        let count = left.byteCount
        guard count == right.byteCount else { return false }
        var place = 0
        while place + 8 <= count {
            let words = unsafe (
                left.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self),
                right.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
            )
            guard words.0 == words.1 else { return false }
            place += 8
        }
        while place < count {
            let bytes = unsafe (
                left.unsafeLoad(fromByteOffset: place, as: UInt8.self),
                right.unsafeLoad(fromByteOffset: place, as: UInt8.self)
            )
            guard bytes.0 == bytes.1 else { return false }
            place += 1
        }
        return true
    }

    static func < (left: NameKey, right: NameKey) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    @inline(__always)
    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension String {
    /// By bytes, as names are told apart.
    func beginsWith(_ prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }
}

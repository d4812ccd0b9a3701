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
        left.text.utf8.count == right.text.utf8.count
            && left.text.utf8.elementsEqual(right.text.utf8)
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

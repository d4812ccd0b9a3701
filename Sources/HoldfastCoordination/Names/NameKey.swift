/// A name as the key of a table: two names are one only when they have the same bytes.
///
/// `String` takes composed and decomposed letters for the same; the nodes, and policies, do not, and
/// what they keep apart must not meet here.
struct NameKey: Hashable, Comparable, Sendable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    static func == (left: NameKey, right: NameKey) -> Bool {
        var (left, right) = (left.text, right.text)
        return left.withUTF8 { left in right.withUTF8 { unsafe isSame(left, $0) } }
    }

    /// Eight bytes at a time: tables compare names all the time.
    @inline(__always)
    private static func isSame(
        _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard left.count == right.count else { return false }
        let (left, right) = (UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
        var place = 0
        while place + 8 <= left.count {
            guard unsafe word(left, place) == word(right, place) else { return false }
            place += 8
        }
        return unsafe rest(left, place) == rest(right, place)
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt64 {
        unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
    }

    /// The bytes behind the last whole word.
    @inline(__always)
    private static func rest(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> UInt64 {
        // The last eight, those that were seen already included, where there are as many.
        if bytes.count >= 8 { return unsafe word(bytes, bytes.count - 8) }
        var rest: UInt64 = 0
        for place in start..<bytes.count { rest = unsafe rest << 8 | UInt64(bytes[place]) }
        return rest
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

extension NameKey: TableKey {
    func mixed(with secret: UInt64) -> UInt64 {
        var text = text
        return text.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            var state = KeySecret.fold(UInt64(bytes.count), secret)
            var place = 0
            while place + 8 <= bytes.count {
                state = unsafe KeySecret.fold(Self.word(bytes, place), state)
                place += 8
            }
            return unsafe KeySecret.fold(Self.rest(bytes, place), state)
        }
    }
}

extension [String] {
    /// Whether they have a name in common.
    func meet(_ others: [String]) -> Bool {
        contains { name in others.contains { NameKey($0) == NameKey(name) } }
    }
}

extension String {
    /// By bytes, as names are told apart.
    func beginsWith(_ prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }
}

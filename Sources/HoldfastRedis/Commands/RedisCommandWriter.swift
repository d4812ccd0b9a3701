package import HoldfastBase

/// Writes commands as Redis reads them: an array of bulk strings, into memory that is reused.
///
/// The caller announces how many words a command has and appends each; `missing` says how many are
/// still to come. hiredis' formatter is the oracle in tests; it is not used because it allocates one
/// buffer for each command.
package struct RedisCommandWriter: ~Copyable {
    /// All commands so far, back to back.
    package private(set) var queue = ByteQueue()
    /// Words of the current command that have been announced and not yet appended.
    package private(set) var missing = 0

    /// The longest a number gets, with its sign.
    private static let digitsMax = 20

    package init() {}

    package var bytes: RawSpan {
        @_lifetime(borrow self)
        get { queue.bytes }
    }

    package mutating func removeAll() {
        queue.removeAll()
        missing = 0
    }

    /// Begins a command of `words` words, its name included.
    package mutating func begin(words: Int) {
        if missing != 0 { unreachable("a command begins before the last one is whole") }
        writeHeader(0x2A, words)
        missing = words
    }

    /// Appends one word.
    package mutating func append(_ bytes: RawSpan) {
        let size = bytes.byteCount
        missing -= 1
        writeHeader(0x24, size)
        unsafe queue.append(room: size + 2) { room in
            unsafe bytes.withUnsafeBytes { unsafe room.copyMemory(from: $0) }
            unsafe room[size] = 0x0D
            unsafe room[size + 1] = 0x0A
            return size + 2
        }
    }

    package mutating func append(_ bytes: [UInt8]) {
        unsafe append(bytes.span.bytes)
    }

    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            unsafe append(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(utf8)))
        }
    }

    /// Appends one word: the number in decimal.
    package mutating func append(_ number: Int64) {
        appendNumber(number.magnitude, isNegative: number < 0)
    }

    /// Appends one word: the number in decimal.
    package mutating func append(_ number: UInt64) {
        appendNumber(number, isNegative: false)
    }

    /// Appends words that are written already, headers included.
    package mutating func append(written bytes: RawSpan, words: Int) {
        missing -= words
        queue.append(bytes)
    }

    /// A whole command of plain words.
    package mutating func command(_ words: [String]) {
        begin(words: words.count)
        for word in words { append(word) }
    }

    private mutating func appendNumber(_ magnitude: UInt64, isNegative: Bool) {
        missing -= 1
        let size = Self.digits(magnitude) + (isNegative ? 1 : 0)
        writeHeader(0x24, size)
        unsafe queue.append(room: Self.digitsMax + 3) { room in
            unsafe Self.write(magnitude, to: room, endingAt: size)
            if isNegative { unsafe room[0] = 0x2D }
            unsafe room[size] = 0x0D
            unsafe room[size + 1] = 0x0A
            return size + 2
        }
    }

    /// `*3\r\n`, `$17\r\n`.
    @inline(__always)
    private mutating func writeHeader(_ mark: UInt8, _ count: Int) {
        let magnitude = UInt64(count.magnitude)
        let size = Self.digits(magnitude)
        unsafe queue.append(room: Self.digitsMax + 3) { room in
            unsafe room[0] = mark
            unsafe Self.write(magnitude, to: room, endingAt: size + 1)
            unsafe room[size + 1] = 0x0D
            unsafe room[size + 2] = 0x0A
            return size + 3
        }
    }

    @inline(__always)
    private static func digits(_ number: UInt64) -> Int {
        if number < 10 { return 1 }
        if number < 100 { return 2 }
        var count = 2
        var rest = number / 100
        while rest > 0 {
            count += 1
            rest /= 10
        }
        return count
    }

    @inline(__always)
    private static func write(
        _ number: UInt64, to room: UnsafeMutableRawBufferPointer, endingAt end: Int
    ) {
        var place = end
        var rest = number
        repeat {
            place -= 1
            unsafe room[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
    }
}

package import HoldfastBase

/// Writes commands as Redis reads them: an array of bulk strings, into memory that is reused.
///
/// The caller announces how many words a command has and appends each; `missing` says how many are
/// still to come. hiredis' formatter is the oracle in tests; it is not used because it allocates one
/// buffer for each command.
package struct RedisCommandWriter: ~Copyable {
    /// All commands so far, back to back.
    package private(set) var queue = ByteQueue()
    /// What is behind a part while that is replaced.
    private var behind = ByteQueue()
    /// Words of the current command that have been announced and not yet appended.
    package private(set) var missing = 0

    /// The longest a number gets, with its sign.
    private static let digitsMax = 20
    /// The longest header: a mark, a number and the end of the line.
    private static let headerBytesMax = 1 + digitsMax + 2

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
        unsafe queue.append(room: Self.headerBytesMax) { room in
            unsafe Self.writeHeader(0x2A, words, to: room)
        }
        missing = words
    }

    /// Appends one word.
    package mutating func append(_ bytes: RawSpan) {
        let size = bytes.byteCount
        missing -= 1
        unsafe queue.append(room: size + Self.headerBytesMax + 2) { room in
            let start = unsafe Self.writeHeader(0x24, size, to: room)
            if size > 0 {
                unsafe bytes.withUnsafeBytes { bytes in
                    unsafe UnsafeMutableRawBufferPointer(rebasing: room[start...])
                        .copyMemory(from: bytes)
                }
            }
            return unsafe Self.endLine(room, at: start + size)
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

    /// Puts `bytes` in the place of as many that begin at `offset`.
    package mutating func replace(at offset: Int, with bytes: RawSpan) {
        let end = offset + bytes.byteCount
        guard offset >= 0, end <= queue.count else {
            return unreachable("a part is replaced that is not there")
        }
        behind.removeAll()
        Self.copy(queue, from: end, to: &behind)
        queue.removeLast(queue.count - offset)
        queue.append(bytes)
        Self.copy(behind, from: 0, to: &queue)
    }

    private static func copy(
        _ source: borrowing ByteQueue, from start: Int, to target: inout ByteQueue
    ) {
        target.append(source.bytes.extracting(start..<source.count))
    }

    /// A whole command of plain words.
    package mutating func command(_ words: [String]) {
        begin(words: words.count)
        for word in words { append(word) }
    }

    private mutating func appendNumber(_ magnitude: UInt64, isNegative: Bool) {
        missing -= 1
        unsafe queue.append(room: Self.headerBytesMax + Self.digitsMax + 2) { room in
            let sign = isNegative ? 1 : 0
            let size = Self.digits(magnitude) + sign
            let start = unsafe Self.writeHeader(0x24, size, to: room)
            if isNegative { unsafe room[start] = 0x2D }
            unsafe Self.write(magnitude, to: room, endingAt: start + size)
            return unsafe Self.endLine(room, at: start + size)
        }
    }

    /// `*3\r\n`, `$17\r\n`: writes it to the beginning of `room` and returns its size.
    @inline(__always)
    private static func writeHeader(
        _ mark: UInt8, _ count: Int, to room: UnsafeMutableRawBufferPointer
    ) -> Int {
        let magnitude = UInt64(count.magnitude)
        let size = digits(magnitude)
        unsafe room[0] = mark
        unsafe write(magnitude, to: room, endingAt: size + 1)
        return unsafe endLine(room, at: size + 1)
    }

    @inline(__always)
    private static func endLine(_ room: UnsafeMutableRawBufferPointer, at place: Int) -> Int {
        unsafe room[place] = 0x0D
        unsafe room[place + 1] = 0x0A
        return place + 2
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

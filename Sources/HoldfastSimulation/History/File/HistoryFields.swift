import HoldfastBase

/// Takes the fields of one line of a history file, one after the other.
struct HistoryFields {
    private let bytes: [UInt8]
    private var index: Int
    private let end: Int
    private let line: Int

    /// The line `range` of `bytes`, without its end.
    init(_ bytes: [UInt8], _ range: Range<Int>, line: Int) {
        self.bytes = bytes
        self.line = line
        index = range.lowerBound
        end = range.upperBound
    }

    /// The next field as text.
    mutating func word(_ what: String) throws(HistoryFileError) -> String {
        let range = try field(what)
        return String(decoding: bytes[range], as: UTF8.self)
    }

    /// The next field as a name, in which some characters are written as `%` and two digits.
    mutating func name(_ what: String) throws(HistoryFileError) -> String {
        let range = try field(what)
        let percent = UInt8(ascii: "%")
        guard bytes[range].contains(percent) else {
            return String(decoding: bytes[range], as: UTF8.self)
        }
        if range.count == 1 { return "" }
        var plain: [UInt8] = []
        var place = range.lowerBound
        while place < range.upperBound {
            guard bytes[place] == percent else {
                plain.append(bytes[place])
                place += 1
                continue
            }
            guard place + 2 < range.upperBound, let high = Self.hexadecimal(bytes[place + 1]),
                let low = Self.hexadecimal(bytes[place + 2])
            else { throw fault(what) }
            plain.append(high << 4 | low)
            place += 3
        }
        return String(decoding: plain, as: UTF8.self)
    }

    /// The next field as a number.
    mutating func number<Number: FixedWidthInteger>(
        _ what: String, as type: Number.Type = Number.self
    ) throws(HistoryFileError) -> Number {
        let range = try field(what)
        guard let number: Number = parsed(range) else { throw fault(what) }
        return number
    }

    /// The next field as a number, or nil for `-`.
    mutating func optional(_ what: String) throws(HistoryFileError) -> UInt64? {
        let range = try field(what)
        if range.count == 1, bytes[range.lowerBound] == UInt8(ascii: "-") { return nil }
        guard let number: UInt64 = parsed(range) else { throw fault(what) }
        return number
    }

    mutating func instant(_ what: String) throws(HistoryFileError) -> Instant {
        Instant(nanoseconds: try number(what))
    }

    /// Says that nothing may follow.
    func finish() throws(HistoryFileError) {
        if index <= end { throw HistoryFileError(line: line, problem: "more than belongs there") }
    }

    func fault(_ what: String) -> HistoryFileError {
        HistoryFileError(line: line, problem: "no good \(what)")
    }

    private mutating func field(_ what: String) throws(HistoryFileError) -> Range<Int> {
        let start = index
        while index < end, bytes[index] != UInt8(ascii: " ") { index += 1 }
        guard index > start else { throw fault(what) }
        defer { index += 1 }
        return start..<index
    }

    private func parsed<Number: FixedWidthInteger>(_ range: Range<Int>) -> Number? {
        var place = range.lowerBound
        let isNegative = bytes[place] == UInt8(ascii: "-")
        if isNegative { place += 1 }
        guard place < range.upperBound else { return nil }
        var value: Number = 0
        while place < range.upperBound {
            let digit = bytes[place] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (shifted, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let step = Number(digit)
            let (sum, overflows) =
                isNegative
                ? shifted.subtractingReportingOverflow(step)
                : shifted.addingReportingOverflow(step)
            guard !isTooLarge, !overflows else { return nil }
            value = sum
            place += 1
        }
        return value
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

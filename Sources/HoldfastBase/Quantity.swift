/// Durations and sizes as people write them: "10s", "500ms", "1h30m", "64KiB", "4096".
///
/// No fractions and no blanks, so that a value has one reading. Sizes are powers of 1024 and say so
/// in their unit: "64KB" is refused because it means two different things to two readers.
package enum Quantity {
    /// "10s", "500ms", "2m", "1h30m", "0". Nil when the text is not a duration or does not fit.
    package static func interval(_ text: String) -> Interval? {
        if text == "0" { return .zero }
        var rest = text[...]
        var total: Int64 = 0
        var lastUnit = Int64.max
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            guard let count = number(&rest) else { return nil }
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            // Units must fall, so that "1s1h" and "1s1s" are seen as the slips they are.
            guard let nanoseconds = units.first(where: { $0.name == unit })?.nanoseconds,
                nanoseconds < lastUnit
            else { return nil }
            lastUnit = nanoseconds
            let (product, overflow) = count.multipliedReportingOverflow(by: nanoseconds)
            let (sum, carried) = total.addingReportingOverflow(product)
            if overflow || carried { return nil }
            total = sum
        }
        return Interval(nanoseconds: total)
    }

    /// "64KiB", "1MiB", "2GiB", "512B", or a plain number of bytes.
    package static func bytes(_ text: String) -> Int64? {
        var rest = text[...]
        guard let count = number(&rest) else { return nil }
        let shift: Int64
        switch rest {
        case "", "B": shift = 0
        case "KiB": shift = 10
        case "MiB": shift = 20
        case "GiB": shift = 30
        default: return nil
        }
        let (product, overflow) = count.multipliedReportingOverflow(by: 1 << shift)
        return overflow ? nil : product
    }

    /// The shortest text that `interval` reads back as the same value.
    package static func text(_ interval: Interval) -> String {
        guard interval.nanoseconds > 0 else { return "0" }
        for unit in units where interval.nanoseconds.isMultiple(of: unit.nanoseconds) {
            return "\(interval.nanoseconds / unit.nanoseconds)\(unit.name)"
        }
        return "0"
    }

    /// The shortest text that `bytes` reads back as the same value.
    package static func text(bytes: Int64) -> String {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")]
        where bytes > 0 && bytes.isMultiple(of: 1 << shift) {
            return "\(bytes >> Int64(shift))\(unit)"
        }
        return "\(bytes)B"
    }

    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
        ("ms", 1_000_000), ("us", 1000), ("ns", 1),
    ]

    private static func number(_ rest: inout Substring) -> Int64? {
        let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == "_") }
        // "_" between digits is for the reader; a leading zero would be octal to another one.
        guard !digits.isEmpty, !digits.hasPrefix("_"), !digits.hasSuffix("_"),
            !digits.contains("__"), digits.count == 1 || !digits.hasPrefix("0"),
            let value = Int64(digits.filter { $0 != "_" })
        else { return nil }
        rest = rest.dropFirst(digits.count)
        return value
    }
}

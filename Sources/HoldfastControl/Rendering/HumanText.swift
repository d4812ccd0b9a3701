package import HoldfastBase

/// Numbers as people read them. Rounded: programs take the JSON.
package enum HumanText {
    /// "0ms", "850ms", "3.4s", "42s", "2m05s", "3h12m", "5d04h".
    package static func duration(milliseconds: UInt64) -> String {
        let seconds = milliseconds / 1000
        switch milliseconds {
        case 0..<1000: return "\(milliseconds)ms"
        case 1000..<10_000: return "\(seconds).\(milliseconds % 1000 / 100)s"
        case 10_000..<60_000: return "\(seconds)s"
        case 60_000..<3_600_000: return "\(seconds / 60)m\(twoDigits(seconds % 60))s"
        case 3_600_000..<86_400_000:
            return "\(seconds / 3600)h\(twoDigits(seconds / 60 % 60))m"
        default: return "\(seconds / 86_400)d\(twoDigits(seconds / 3600 % 24))h"
        }
    }

    /// "0.412 ms", "12.3 ms", "1.204 s": three or four digits that count.
    package static func roundTrip(_ interval: Interval) -> String {
        let microseconds = max(0, interval.nanoseconds) / 1000
        switch microseconds {
        case 0..<10_000: return "\(decimal(microseconds, 1000, digits: 3)) ms"
        case 10_000..<1_000_000: return "\(decimal(microseconds / 100, 10, digits: 1)) ms"
        default: return "\(decimal(microseconds / 1000, 1000, digits: 3)) s"
        }
    }

    /// Milliseconds with three decimals, without unit.
    package static func milliseconds(_ interval: Interval) -> String {
        decimal(max(0, interval.nanoseconds) / 1000, 1000, digits: 3)
    }

    /// "512B", "1.5KiB", "64KiB", "3.2GiB".
    package static func bytes(_ count: UInt64) -> String {
        guard count >= 1024 else { return "\(count)B" }
        var unit = 0
        var value = count
        // In tenths, so that one decimal survives.
        while value >= 1024 * 1024, unit < 3 {
            value /= 1024
            unit += 1
        }
        let tenths = value * 10 / 1024
        let name = ["KiB", "MiB", "GiB", "TiB"][unit]
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10)\(name)" : "\(tenths / 10)\(name)"
    }

    /// "1", "16 384": groups of three, from five digits on.
    package static func count(_ number: UInt64) -> String {
        let digits = Array(String(number))
        guard digits.count > 4 else { return String(digits) }
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += " " }
            text.append(digit)
        }
        return text
    }

    /// "1 connection", "3 connections".
    package static func plural(_ number: Int, _ word: String) -> String {
        number == 1 ? "1 \(word)" : "\(count(UInt64(clamping: number))) \(word)s"
    }

    /// Lower-case hexadecimal digits.
    package static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Text from elsewhere, on one line and harmless to the terminal.
    package static func foreign(_ text: String) -> String {
        TextEscape.printable(text, scalarsMax: 1024)
    }

    static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool { TextEscape.isUnsafe(scalar) }

    private static func twoDigits(_ number: UInt64) -> String {
        (number < 10 ? "0" : "") + String(number)
    }

    private static func decimal(_ value: Int64, _ unit: Int64, digits: Int) -> String {
        let fraction = String(value % unit)
        return "\(value / unit)."
            + String(repeating: "0", count: max(0, digits - fraction.count)) + fraction
    }
}

internal import CLuaHost
internal import Glibc

/// Numbers in text, read and written as Redis does.
enum RedisNumber {
    /// An integer in its one canonical form: no plus, no leading zero, nothing around it.
    static func integer(_ text: [UInt8]) -> Int64? {
        guard let first = text.first, text.count <= 20 else { return nil }
        if text.count == 1, first == UInt8(ascii: "0") { return 0 }
        let isNegative = first == UInt8(ascii: "-")
        let digits = isNegative ? text.dropFirst() : text[...]
        guard let lead = digits.first, lead >= UInt8(ascii: "1") else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            let step = Int64(digit - UInt8(ascii: "0"))
            let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isOver) = tens.addingReportingOverflow(isNegative ? -step : step)
            if isTooLarge || isOver { return nil }
            value = sum
        }
        return value
    }

    /// A score: all of the text is one number, and it is neither too large nor no number.
    static func double(_ text: [UInt8]) -> Double? {
        if let whole = integer(text), whole.magnitude < 1 << 53 { return Double(whole) }
        guard let first = text.first, isspace(Int32(first)) == 0 else { return nil }
        let (value, isWhole, isOutOfRange) = scanned(text)
        guard isWhole, !text.contains(0), !value.isNaN else { return nil }
        if isOutOfRange, value.isInfinite || value == 0 { return nil }
        return value
    }

    /// What `strtod` makes of the text, whether it read all of it up to a NUL, and whether it said
    /// that the number cannot be represented.
    static func scanned(_ text: [UInt8]) -> (value: Double, isWhole: Bool, isOutOfRange: Bool) {
        let terminated = text.map { CChar(bitPattern: $0) } + [0]
        return unsafe terminated.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return (0, false, false) }
            var end: UnsafeMutablePointer<CChar>?
            errno = 0
            let value = unsafe strtod(start, &end)
            let rest = unsafe end.map { unsafe $0.pointee } ?? 0
            return (value, rest == 0, errno == ERANGE)
        }
    }

    /// A score as replies have it.
    static func text(_ number: Double) -> [UInt8] {
        if number.magnitude < 1e15, let whole = Int64(exactly: number), whole != 0 {
            return Array("\(whole)".utf8)
        }
        var text = [UInt8](repeating: 0, count: 32)
        let count = unsafe text.withUnsafeMutableBufferPointer { buffer in
            unsafe hf_format_double(number, buffer.baseAddress)
        }
        return Array(text.prefix(count))
    }

    /// An integer as replies and values have it.
    static func text(_ number: Int64) -> [UInt8] {
        Array(String(number).utf8)
    }
}

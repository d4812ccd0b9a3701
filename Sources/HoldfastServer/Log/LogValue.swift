/// The value of a field of a log line.
package enum LogValue: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral
{
    /// A text; it may come from outside.
    case text(String)
    /// Bytes that are probably a text, such as a key; what is not UTF-8 is shown as `\xHH`.
    case bytes([UInt8])
    /// A number.
    case integer(Int64)
    /// Yes or no.
    case boolean(Bool)

    /// A text.
    package init(stringLiteral text: String) { self = .text(text) }

    /// A number.
    package init(integerLiteral number: Int64) { self = .integer(number) }

    /// Yes or no.
    package init(booleanLiteral value: Bool) { self = .boolean(value) }

    /// A number that fits, or the nearest that does.
    package static func number(_ value: some BinaryInteger) -> LogValue {
        .integer(Int64(clamping: value))
    }
}

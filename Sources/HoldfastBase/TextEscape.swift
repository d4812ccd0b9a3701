/// Makes text that came from outside safe to show on a terminal or in a log.
package enum TextEscape {
    /// `text` with control characters, and the marks that turn the direction of writing, shown as
    /// `\u{…}`, cut after `scalarsMax` characters.
    package static func printable(_ text: String, scalarsMax: Int = 128) -> String {
        var result = ""
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < scalarsMax else { return result + "…" }
            count += 1
            if isUnsafe(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Whether a character can move the cursor, start an escape sequence, break a line or reorder
    /// what is around it.
    package static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F: true
        case 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF: true
        default: false
        }
    }
}

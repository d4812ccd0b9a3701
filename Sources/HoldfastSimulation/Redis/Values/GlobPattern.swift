/// Whether bytes match a pattern of `*`, `?`, `[a-c]`, `[^x]` and `\` before what is meant literally.
struct GlobPattern {
    private let pattern: [UInt8]

    init(_ pattern: [UInt8]) {
        self.pattern = pattern
    }

    func matches(_ text: [UInt8]) -> Bool {
        matches(pattern[...], text[...])
    }

    private func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var (pattern, text) = (pattern, text)
        while let sign = pattern.first {
            if sign == UInt8(ascii: "*") {
                let rest = pattern.drop { $0 == UInt8(ascii: "*") }
                if rest.isEmpty { return true }
                return (text.startIndex...text.endIndex).contains { matches(rest, text[$0...]) }
            }
            guard let letter = text.popFirst() else { return false }
            pattern.removeFirst()
            switch sign {
            case UInt8(ascii: "?"): continue
            case UInt8(ascii: "["): if !takeClass(&pattern, contains: letter) { return false }
            case UInt8(ascii: "\\"):
                let literal = pattern.popFirst() ?? sign
                if literal != letter { return false }
            default: if sign != letter { return false }
            }
        }
        return text.isEmpty
    }

    /// Reads a class up to its `]`, or to the end where that is missing.
    private func takeClass(_ pattern: inout ArraySlice<UInt8>, contains letter: UInt8) -> Bool {
        let isNegated = pattern.first == UInt8(ascii: "^")
        if isNegated { pattern.removeFirst() }
        var isFound = false
        while let sign = pattern.popFirst(), sign != UInt8(ascii: "]") {
            if sign == UInt8(ascii: "\\"), let literal = pattern.popFirst() {
                if literal == letter { isFound = true }
            } else if pattern.count >= 2, pattern.first == UInt8(ascii: "-") {
                let end = pattern[pattern.startIndex + 1]
                pattern = pattern.dropFirst(2)
                if (min(sign, end)...max(sign, end)).contains(letter) { isFound = true }
            } else if sign == letter {
                isFound = true
            }
        }
        return isFound != isNegated
    }
}

/// Replaces comments and the contents of string literals by blanks, keeping line breaks, so that
/// rules see code alone. Interpolated expressions are blanked with the text around them.
struct SwiftBlanker {
    private let text: [Character]
    private var index = 0
    private var output: [Character] = []

    static func blanked(_ text: String) -> String {
        var blanker = SwiftBlanker(text)
        blanker.run()
        return String(blanker.output)
    }

    private init(_ text: String) {
        self.text = Array(text)
    }

    private func starts(_ word: String, at offset: Int = 0) -> Bool {
        let end = index + offset + word.count
        return end <= text.count && text[(index + offset)..<end].elementsEqual(word)
    }

    private mutating func blank(_ count: Int) {
        for character in text[index..<min(index + count, text.count)] {
            output.append(character.isNewline ? character : " ")
        }
        index = min(index + count, text.count)
    }

    private mutating func run() {
        while index < text.count {
            if starts("//") {
                while index < text.count, !text[index].isNewline { blank(1) }
            } else if starts("/*") {
                blankBlock()
            } else if text[index] == "\"" || text[index] == "#" {
                let hashes = text[index...].prefix { $0 == "#" }.count
                if starts("\"", at: hashes) {
                    blankString(hashes: hashes)
                } else {
                    copy(max(1, hashes))
                }
            } else {
                copy(1)
            }
        }
    }

    private mutating func copy(_ count: Int) {
        output += text[index..<(index + count)]
        index += count
    }

    private mutating func blankBlock() {
        var depth = 0
        repeat {
            if starts("/*") {
                depth += 1
                blank(2)
            } else if starts("*/") {
                depth -= 1
                blank(2)
            } else {
                blank(1)
            }
        } while depth > 0 && index < text.count
    }

    private mutating func blankString(hashes: Int) {
        let mark = String(repeating: "#", count: hashes)
        let isLong = starts("\"\"\"", at: hashes)
        let quote = (isLong ? "\"\"\"" : "\"") + mark
        blank(hashes + (isLong ? 3 : 1))
        while index < text.count, !starts(quote) {
            if starts("\\" + mark + "(") {
                blank(2 + hashes)
                blankInterpolation()
            } else if starts("\\" + mark) {
                blank(2 + hashes)
            } else if text[index].isNewline, !isLong {
                return
            } else {
                blank(1)
            }
        }
        blank(quote.count)
    }

    private mutating func blankInterpolation() {
        var depth = 1
        while depth > 0, index < text.count {
            let hashes = text[index...].prefix { $0 == "#" }.count
            if starts("\"", at: hashes) {
                blankString(hashes: hashes)
                continue
            }
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" { depth -= 1 }
            blank(1)
        }
    }
}

/// A function or initialiser with a body, as lines of a file.
struct SwiftFunction: Hashable {
    let name: String
    /// First and last line, from 1.
    let start: Int
    let end: Int

    /// The functions in `code`, which has no comments and no texts.
    static func all(in code: [String]) -> [SwiftFunction] {
        let tokens = tokens(of: code)
        var functions: [SwiftFunction] = []
        for index in tokens.indices {
            let word = tokens[index].text
            guard ["func", "init", "deinit", "subscript"].contains(word) else { continue }
            // `.init(…)` and `self.init(…)` are calls.
            if index > 0, tokens[index - 1].text == "." { continue }
            guard let end = end(of: index, in: tokens) else { continue }
            let name = word == "func" && index + 1 < tokens.count ? tokens[index + 1].text : word
            functions.append(SwiftFunction(name: name, start: tokens[index].line, end: end))
        }
        return functions
    }

    private static func tokens(of code: [String]) -> [(text: String, line: Int)] {
        var tokens: [(text: String, line: Int)] = []
        for (number, line) in code.enumerated() {
            var word = ""
            for character in line + " " {
                if character.isLetter || character.isNumber || character == "_" {
                    word.append(character)
                    continue
                }
                if !word.isEmpty { tokens.append((word, number + 1)) }
                word = ""
                if "(){}[].".contains(character) { tokens.append((String(character), number + 1)) }
            }
        }
        return tokens
    }

    /// The line of the brace that closes the body; nil when there is none, as in a protocol.
    private static func end(of start: Int, in tokens: [(text: String, line: Int)]) -> Int? {
        let declarations = [
            "func", "init", "deinit", "var", "let", "case", "struct", "enum", "class",
        ]
        var index = start + (tokens[start].text == "func" ? 2 : 1)
        var depth = 0
        while index < tokens.count {
            let text = tokens[index].text
            switch text {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "{" where depth == 0: return closing(index, in: tokens)
            case "}" where depth == 0: return nil
            default: if depth == 0, declarations.contains(text) { return nil }
            }
            if depth < 0 { return nil }
            index += 1
        }
        return nil
    }

    private static func closing(_ open: Int, in tokens: [(text: String, line: Int)]) -> Int? {
        var depth = 0
        for token in tokens[open...] {
            if token.text == "{" { depth += 1 }
            if token.text == "}" { depth -= 1 }
            if depth == 0 { return token.line }
        }
        return nil
    }
}

/// A file of the repository: where it is, what it says, and its code without comments and texts.
struct SourceFile {
    /// From the root of the repository, with `/`.
    let path: String
    /// The lines as they are.
    let lines: [String]
    /// For Swift, the lines with comments and the contents of texts blanked out, so that a word
    /// found there is code. For other files, the lines.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        lines = Self.split(text)
        code = path.hasSuffix(".swift") ? Self.split(SwiftBlanker.blanked(text)) : lines
    }

    private static func split(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    var isSwift: Bool { path.hasSuffix(".swift") }

    /// Made by a generator, and held only to rules about what it imports.
    var isGenerated: Bool { path.contains("/Generated/") }

    /// The target a file under Sources belongs to.
    var target: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
    }

    /// The modules that the file imports, as written.
    var imports: [SwiftImport] {
        isSwift ? code.enumerated().compactMap { SwiftImport(line: $0.offset + 1, $0.element) } : []
    }

    /// The lines of code in which `word` stands by itself.
    func lines(with word: String) -> [Int] {
        code.indices.filter { Self.contains(code[$0], word) }.map { $0 + 1 }
    }

    private static func contains(_ line: String, _ word: String) -> Bool {
        var rest = line[...]
        while let range = rest.firstRange(of: word) {
            let before =
                range.lowerBound == line.startIndex
                ? nil : line[line.index(before: range.lowerBound)]
            let after = range.upperBound == line.endIndex ? nil : line[range.upperBound]
            let startsInside = isWord(word.first) && isWord(before)
            let endsInside = isWord(word.last) && isWord(after)
            if !startsInside, !endsInside { return true }
            rest = rest[range.upperBound...]
        }
        return false
    }

    private static func isWord(_ character: Character?) -> Bool {
        character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
    }
}

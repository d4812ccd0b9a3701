/// An `import` line of a Swift file.
struct SwiftImport {
    let line: Int
    /// What stands before `import`: "package", "@testable", …
    let modifiers: [String]
    /// The module, without what is chosen from it.
    let module: String
    /// Whether one declaration is imported, as in `import struct A.B`.
    let isScoped: Bool

    init?(line: Int, _ code: String) {
        let words = code.split { $0 == " " || $0 == "\t" }.map(String.init)
        guard let place = words.firstIndex(of: "import"), place + 1 < words.count,
            words[..<place].allSatisfy(Self.isModifier)
        else { return nil }
        self.line = line
        modifiers = Array(words[..<place])
        let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        isScoped = kinds.contains(words[place + 1]) && place + 2 < words.count
        let name = isScoped ? words[place + 2] : words[place + 1]
        module = String(name.prefix { $0 != "." && $0 != ";" })
    }

    private static func isModifier(_ word: String) -> Bool {
        word.hasPrefix("@")
            || ["public", "package", "internal", "fileprivate", "private"].contains(word)
    }
}

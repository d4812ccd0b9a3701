/// How protobuf names become Swift names and the names protoc-c gives.
enum Names {
    /// "delay_ms" → "delayMs", "DRAINING" → "draining", "HTTPPort" → "httpPort".
    static func member(_ name: String) -> String {
        let words = name.split(separator: "_")
        guard let first = words.first else { return "value" }
        let rest = words.dropFirst().map { capitalized(isLoud($0) ? $0.lowercased() : String($0)) }
        let joined = lowerFirst(isLoud(first) ? first.lowercased() : String(first)) + rest.joined()
        return startsWithDigit(joined) ? "value" + joined : joined
    }

    /// "AcquireRequest" stays; "acquire_request" → "AcquireRequest".
    static func type(_ name: String) -> String {
        name.split(separator: "_").map { capitalized(String($0)) }.joined()
    }

    /// The name of an enum value without the enum's name before it.
    static func enumValue(_ name: String, of enumeration: String) -> String {
        let prefix = screaming(enumeration) + "_"
        let rest = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
        return startsWithDigit(rest) ? member(name) : member(rest)
    }

    /// In backticks when Swift has another meaning for it; with an underscore behind it where
    /// backticks do not help.
    static func escaped(_ name: String) -> String {
        if inescapable.contains(name) { return name + "_" }
        return swiftKeywords.contains(name) ? "`\(name)`" : name
    }

    /// "holdfast.v1.EchoRequest" → "Holdfast__V1__EchoRequest".
    static func cType(_ fullName: String) -> String {
        fullName.split(separator: ".").map(cCamel).joined(separator: "__")
    }

    /// "holdfast.v1.EchoRequest" → "holdfast__v1__echo_request".
    static func cFunction(_ fullName: String) -> String {
        fullName.split(separator: ".").map { cLower(String($0)) }.joined(separator: "__")
    }

    /// The member of the C struct that holds a field, as Swift must spell it.
    static func cMember(_ name: String) -> String {
        let lower = name.lowercased()
        let member = cKeywords.contains(lower) ? lower + "_" : lower
        return member == "self" || member == "init" || member == "Type" ? "`\(member)`" : member
    }

    /// The member of the C struct that says how many elements a repeated field has.
    static func cCount(_ name: String) -> String {
        let lower = name.lowercased()
        return "n_" + (cKeywords.contains(lower) ? lower + "_" : lower)
    }

    /// protoc-c's CamelToLower: "EveryThing" → "every_thing".
    static func cLower(_ name: String) -> String {
        var lower = ""
        var wasUpper = true
        for character in name {
            let isUpper = character.isUppercase
            if isUpper, !wasUpper { lower += "_" }
            lower += isUpper ? character.lowercased() : String(character)
            wasUpper = isUpper
        }
        return lower
    }

    private static func cCamel(_ name: Substring) -> String {
        name.split(separator: "_").map { capitalized(String($0)) }.joined()
    }

    private static func screaming(_ name: String) -> String {
        var text = ""
        var previousIsLower = false
        for character in name {
            if character.isUppercase, previousIsLower { text += "_" }
            text += character.uppercased()
            previousIsLower = character.isLowercase || character.isNumber
        }
        return text
    }

    private static func isLoud(_ word: Substring) -> Bool {
        word.contains(where: \.isUppercase) && !word.contains(where: \.isLowercase)
    }

    private static func startsWithDigit(_ name: String) -> Bool { name.first?.isNumber ?? true }

    private static func capitalized(_ word: String) -> String {
        word.prefix(1).uppercased() + word.dropFirst()
    }

    /// Lowers the upper-case run a name begins with, but for the capital of the next word.
    private static func lowerFirst(_ word: String) -> String {
        let run = word.prefix(while: \.isUppercase)
        let lowered = run.count > 1 && run.count < word.count ? run.dropLast() : run
        return lowered.lowercased() + word.dropFirst(lowered.count)
    }

    private static let inescapable: Set<String> = [
        "Any", "Protocol", "Self", "Type", "init", "self",
    ]

    private static let swiftKeywords: Set<String> = [
        "as", "associatedtype", "await", "borrowing", "break",
        "case", "catch", "class", "consuming", "continue", "default", "defer", "deinit", "do",
        "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard",
        "if", "import", "in", "inout", "internal", "is", "let", "nil", "operator",
        "precedencegroup", "private", "protocol", "public", "repeat", "rethrows", "return",
        "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try",
        "typealias", "var", "where", "while",
    ]

    /// Names to which protoc-c appends an underscore.
    private static let cKeywords: Set<String> = [
        "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char",
        "class", "compl", "const", "const_cast", "continue", "default", "delete", "do", "double",
        "dynamic_cast", "else", "enum", "explicit", "extern", "false", "float", "for", "friend",
        "goto", "if", "inline", "int", "long", "mutable", "namespace", "new", "not", "not_eq",
        "operator", "or", "or_eq", "private", "protected", "public", "register",
        "reinterpret_cast", "return", "short", "signed", "sizeof", "static", "static_cast",
        "struct", "switch", "template", "this", "throw", "true", "try", "typedef", "typeid",
        "typename", "union", "unsigned", "using", "virtual", "void", "volatile", "wchar_t",
        "while", "xor", "xor_eq",
    ]
}

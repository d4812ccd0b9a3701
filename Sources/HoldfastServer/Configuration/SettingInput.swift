internal import HoldfastBase
internal import HoldfastSettings

/// A value as a source gave it, before it is known to be of the right kind.
enum SettingInput: Hashable, Sendable {
    /// From the file, with the type it has there.
    case typed(TomlValue)
    /// From the environment or flags, where all values are texts; flags can be repeated.
    case texts([String])

    /// A single text.
    var text: String? {
        switch self {
        case .typed(.string(let text)): text
        case .texts(let texts): texts.count == 1 ? texts.first : nil
        default: nil
        }
    }

    /// A list of texts; one text is a list of one, or of several with commas between them.
    var list: [String]? {
        switch self {
        case .typed(.strings(let texts)): texts
        case .typed(.string(let text)): [text]
        case .texts(let texts): texts.flatMap { $0.split(separator: ",").map(String.init) }
        default: nil
        }
    }

    /// An integer.
    var integer: Int64? {
        if case .typed(let value) = self {
            if case .integer(let number) = value { return number }
            return nil
        }
        return text.flatMap(TomlScanner.integer)
    }

    /// "true" or "false".
    var boolean: Bool? {
        switch self {
        case .typed(.boolean(let value)): value
        case .texts(["true"]): true
        case .texts(["false"]): false
        default: nil
        }
    }

    /// What was found, for a message.
    var found: String {
        switch self {
        case .typed(.string(let text)): "\"\(TextEscape.printable(text))\""
        case .typed(.strings): "a list"
        case .typed(.integer(let number)): "the number \(number)"
        case .typed(.boolean(let value)): "\(value)"
        case .texts(let texts): "\"\(TextEscape.printable(texts.joined(separator: ",")))\""
        }
    }
}

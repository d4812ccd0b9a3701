import HoldfastBase
import HoldfastSettings

extension SettingSlot {
    /// What a value must look like, to follow "expected".
    var form: String {
        switch self {
        case .name: "a text in quotes without blanks, of 1 to 128 bytes"
        case .path: "a path in quotes"
        case .optionalPath: "a path in quotes, or \"\" for none"
        case .addresses(_, let canBeOff):
            "addresses of the form \(ListenAddress.form), at most \(Self.addressesMax)"
                + (canBeOff ? ", or \"off\"" : "")
        case .optionalName: "a text in quotes without blanks, of at most 128 bytes, or \"\""
        case .nodes: "1, 3, 5 or 7 addresses of the form \(NodeAddress.form), or \"off\""
        case .count(_, let allowed):
            "a whole number from \(allowed.lowerBound) to \(allowed.upperBound)"
        case .time(_, let allowed): Self.form(allowed)
        case .boolean: "true or false"
        case .logLevel: Self.form(LogLevel.allCases.map(\.rawValue))
        case .logFormat: Self.form(LogFormat.allCases.map(\.rawValue))
        case .limit(let limit): Self.form(limit)
        }
    }

    private static func form(_ limit: LimitDescription) -> String {
        let allowed = limit.allowed
        switch limit.value {
        case .count: return "a whole number from \(allowed.lowerBound) to \(allowed.upperBound)"
        case .time: return form(limit.allowedTimes)
        case .bytes:
            return "a size from \(Quantity.text(bytes: allowed.lowerBound)) to "
                + "\(Quantity.text(bytes: allowed.upperBound)), as in \"64KiB\""
        }
    }

    private static func form(_ allowed: ClosedRange<Interval>) -> String {
        "a duration from \(Quantity.text(allowed.lowerBound)) to "
            + "\(Quantity.text(allowed.upperBound)), as in \"500ms\", \"10s\" or \"2m\""
    }

    private static func form(_ choices: [String]) -> String {
        "one of " + choices.map { "\"\($0)\"" }.joined(separator: ", ")
    }

    /// What stands for a value in the help.
    var placeholder: String {
        switch self {
        case .name: "NAME"
        case .path, .optionalPath: "PATH"
        case .addresses, .nodes: "ADDRESS"
        case .optionalName: "NAME"
        case .count: "NUMBER"
        case .time: "DURATION"
        case .boolean: "true|false"
        case .logLevel: "LEVEL"
        case .logFormat: "FORMAT"
        case .limit(let limit):
            switch limit.value {
            case .count: "NUMBER"
            case .bytes: "SIZE"
            case .time: "DURATION"
            }
        }
    }

    /// The value in `configuration`, as the file would have it.
    func text(in configuration: ServerConfiguration) -> String {
        switch self {
        case .name(let place, _): return Self.quoted(configuration[keyPath: place])
        case .path(let place): return Self.quoted(configuration[keyPath: place])
        case .optionalPath(let place): return Self.quoted(configuration[keyPath: place] ?? "")
        case .addresses(let place, _):
            let texts = configuration[keyPath: place].map { Self.quoted($0.description) }
            if texts.isEmpty { return "\"off\"" }
            return texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
        case .optionalName(let place): return Self.quoted(configuration[keyPath: place] ?? "")
        case .nodes(let place):
            let texts = configuration[keyPath: place].map { Self.quoted($0.description) }
            if texts.isEmpty { return "\"off\"" }
            return texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
        case .count(let place, _): return String(configuration[keyPath: place])
        case .time(let place, _): return Self.quoted(Quantity.text(configuration[keyPath: place]))
        case .boolean(let place): return String(configuration[keyPath: place])
        case .logLevel(let place): return Self.quoted(configuration[keyPath: place].rawValue)
        case .logFormat(let place): return Self.quoted(configuration[keyPath: place].rawValue)
        case .limit(let limit): return Self.text(limit, in: configuration.limits)
        }
    }

    private static func text(_ limit: LimitDescription, in limits: Limits) -> String {
        switch limit.value {
        case .count(let place): return String(limits[keyPath: place])
        case .bytes(let place): return quoted(Quantity.text(bytes: Int64(limits[keyPath: place])))
        case .time(let place): return quoted(Quantity.text(limits[keyPath: place]))
        }
    }

    /// `text` in quotes, with the escapes that `TomlReader` reads.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default:
                if TextEscape.isUnsafe(scalar) {
                    let digits = String(scalar.value, radix: 16, uppercase: true)
                    result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}

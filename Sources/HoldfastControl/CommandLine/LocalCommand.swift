internal import HoldfastBase
package import HoldfastPolicy
internal import HoldfastSettings

/// What is done on this machine alone, without a server.
package enum LocalCommand: Hashable, Sendable {
    case clientVersion
    case checkPolicy(file: String)
    case explainPolicy(file: String, principal: String, Permission)
    case makeCertificates(CertificatePlan)
    case describe(name: String?, descriptors: String?)
    case listContexts
    case showContext
    case useContext(String)
    case setContext(String, [ContextChange])
    case complete(Completion.Shell)

    /// `nil` where the command needs a server.
    init?(_ parsed: ParsedArguments) throws(ArgumentError) {
        let operands = parsed.operands
        switch (parsed.command.first, parsed.command.last) {
        case ("version", _) where parsed.isOn("client"): self = .clientVersion
        case ("policy", "check"): self = .checkPolicy(file: operands[0])
        case ("policy", _):
            let permission = try Permission(word: operands[2], key: operands.dropFirst(3).first)
            guard !permission.verb.hasKey || operands.count > 3 else {
                throw ArgumentError(
                    "\(permission.verb.rawValue) is used on names: say on which, as KEY; "
                        + "\"\" is the prefix of all of them")
            }
            self = .explainPolicy(file: operands[0], principal: operands[1], permission)
        case ("certs", _): self = .makeCertificates(try CertificatePlan(parsed))
        case ("call", _) where parsed.isOn("describe"):
            self = .describe(name: operands.first, descriptors: parsed.value("descriptors"))
        case ("call", _) where operands.isEmpty:
            throw ArgumentError("METHOD is missing; \"holdfastctl call --describe\" lists them")
        case ("context", "ls"): self = .listContexts
        case ("context", "show"): self = .showContext
        case ("context", "use"): self = .useContext(operands[0])
        case ("context", _):
            var changes: [ContextChange] = []
            for text in operands.dropFirst() { changes.append(try ContextChange(text)) }
            self = .setContext(try Self.contextName(operands[0]), changes)
        case ("completion", _):
            guard let shell = Completion.Shell(rawValue: operands[0]) else {
                throw ArgumentError("the shell must be bash, zsh or fish")
            }
            self = .complete(shell)
        default: return nil
        }
    }

    private static func contextName(_ name: String) throws(ArgumentError) -> String {
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isName, !name.isEmpty, name.utf8.count <= 64 else {
            throw ArgumentError("NAME must be 1 to 64 letters, digits, _ and -")
        }
        return name
    }
}

/// `KEY=VALUE` of `context set`.
package struct ContextChange: Hashable, Sendable {
    package let key: ControlKey
    /// Empty takes the key away.
    package let value: String

    init(_ text: String) throws(ArgumentError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let names = ControlKey.allCases.map(\.rawValue)
        guard parts.count == 2 else {
            throw ArgumentError("\"\(TextEscape.printable(text))\" must be KEY=VALUE")
        }
        guard let key = ControlKey(rawValue: String(parts[0])) else {
            throw ArgumentError(
                "unknown key \"\(TextEscape.printable(String(parts[0])))\""
                    + Suggestion.hint(for: String(parts[0]), among: names)
                    + "; keys: \(names.joined(separator: ", "))")
        }
        self.key = key
        value = String(parts[1])
    }
}

/// What `certs new` is to make.
package struct CertificatePlan: Hashable, Sendable {
    package let directory: String
    package let servers: [String]
    package let clients: [String]
    package let days: Int

    init(_ parsed: ParsedArguments) throws(ArgumentError) {
        directory = parsed.operands.first ?? ""
        servers = parsed.values("server").flatMap { $0.split(separator: ",").map(String.init) }
        clients = parsed.values("client")
        days = try parsed.number("days", 1...825) ?? 90
    }
}

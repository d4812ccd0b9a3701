import HoldfastBase

/// Reads a policy file: `role NAME { RULE… }` and `bind PATTERN -> ROLE…`.
///
/// A rule ends with its prefix, a bind line with the line or a `;`, so `;` is never needed and may
/// follow either. After a mistake the parser goes on at the next rule, role or bind line, and so
/// reports all mistakes of a file in one run. Roles may be bound before they are written.
package struct PolicyParser {
    /// Larger files are refused.
    package static let bytesMax = 1 << 20
    /// Roles of a file.
    package static let rolesMax = 1024
    /// Rules in all roles together.
    package static let rulesMax = 16_384
    /// Bind lines.
    package static let bindingsMax = 16_384
    /// Length of a prefix.
    package static let prefixBytesMax = 512
    /// Length of the name of a role.
    package static let nameBytesMax = 128
    /// Length of a principal or pattern.
    package static let patternBytesMax = 2048
    /// After this many mistakes the rest is not read.
    package static let problemsMax = 50

    private(set) var roles: [PolicyRole] = []
    private(set) var bindings: [PolicyBinding] = []
    private(set) var problems: [PolicyProblem] = []
    private var tokens: [PolicyToken] = []
    private var index = 0
    private var lexerProblems = 0
    private var ruleCount = 0
    private var roleIndices: [String: Int] = [:]
    /// Bind lines whose roles are looked up when all roles are known.
    private var pending: [(pattern: PolicyToken, roles: [PolicyToken])] = []

    init(_ text: [UInt8]) {
        guard text.count <= Self.bytesMax else {
            problems.append(
                PolicyProblem(line: 1, column: 1, message: "the file is larger than 1 MiB"))
            return
        }
        let lexer = PolicyLexer(text)
        tokens = lexer.tokens
        problems = Array(lexer.problems.prefix(Self.problemsMax))
        lexerProblems = problems.count
    }

    mutating func run() {
        while let token = peek, problems.count < Self.problemsMax {
            index += 1
            switch token.word {
            case "role": attempt { parser throws(PolicyProblem) in try parser.readRole(token) }
            case "bind": attempt { parser throws(PolicyProblem) in try parser.readBinding(token) }
            case ";": break
            default:
                let hint = Suggestion.hint(for: token.word ?? "", among: ["role", "bind"])
                report(token, "expected role or bind\(hint)")
                skip(past: ["role", "bind"])
            }
        }
        resolve()
        // What is wrong inside a word makes its line look wrong in other ways too.
        let broken = Set(problems.prefix(lexerProblems).map(\.line))
        let parsed = problems.dropFirst(lexerProblems).filter { !broken.contains($0.line) }
        problems = problems.prefix(lexerProblems) + parsed
        problems.sort { ($0.line, $0.column) < ($1.line, $1.column) }
    }

    private var peek: PolicyToken? { index < tokens.count ? tokens[index] : nil }

    private mutating func next(
        _ expected: String, after: PolicyToken
    ) throws(PolicyProblem) -> PolicyToken {
        guard let token = peek else {
            throw problem(after, "the file ends here; expected \(expected)")
        }
        index += 1
        return token
    }

    private func problem(_ token: PolicyToken, _ message: String) -> PolicyProblem {
        PolicyProblem(line: token.line, column: token.column, message: message)
    }

    private mutating func report(_ token: PolicyToken, _ message: String) {
        problems.append(problem(token, message))
    }

    private mutating func attempt(_ body: (inout PolicyParser) throws(PolicyProblem) -> Void) {
        do throws(PolicyProblem) {
            try body(&self)
        } catch {
            problems.append(error)
            skip(past: ["role", "bind"])
        }
    }

    /// Goes to the next of `words` that begins a line, or to the end.
    private mutating func skip(past words: [String]) {
        while let token = peek {
            let beginsLine = index == 0 || tokens[index - 1].line < token.line
            if beginsLine, let word = token.word, words.contains(word) { return }
            index += 1
        }
    }

    private mutating func readRole(_ keyword: PolicyToken) throws(PolicyProblem) {
        let token = try next("the name of the role", after: keyword)
        guard let name = token.word, Self.isName(name) else {
            throw problem(
                token,
                "expected the name of the role: letters, digits, _ and -, at most "
                    + "\(Self.nameBytesMax)")
        }
        if let earlier = roleIndices[name] {
            report(token, "role \(name) is already written on line \(roles[earlier].line)")
        }
        guard roles.count < Self.rolesMax else {
            throw problem(token, "more than \(Self.rolesMax) roles")
        }
        var role = PolicyRole(name: name, line: token.line)
        let brace = try next("{", after: token)
        guard brace.word == "{" else { throw problem(brace, "expected { after role \(name)") }
        while let token = peek {
            if token.word == "}" {
                index += 1
                if roleIndices[name] == nil { roleIndices[name] = roles.count }
                roles.append(role)
                return
            }
            index += 1
            if token.word == ";" { continue }
            do throws(PolicyProblem) {
                role.rules.append(try readRule(token))
            } catch {
                problems.append(error)
                guard problems.count < Self.problemsMax else { return }
                skipRule()
            }
        }
        throw problem(brace, "role \(name) is not closed; add }")
    }

    private mutating func skipRule() {
        while let word = peek?.word ?? (peek == nil ? nil : "") {
            if ["allow", "deny", "}", ";", "role", "bind"].contains(word) { return }
            index += 1
        }
    }

    private mutating func readRule(_ keyword: PolicyToken) throws(PolicyProblem) -> PolicyRule {
        guard keyword.word == "allow" || keyword.word == "deny" else {
            let hint = Suggestion.hint(for: keyword.word ?? "", among: ["allow", "deny"])
            throw problem(keyword, "expected allow, deny or }\(hint)")
        }
        ruleCount += 1
        guard ruleCount <= Self.rulesMax else {
            throw problem(keyword, "more than \(Self.rulesMax) rules")
        }
        var verbs = VerbSet.none
        var isBroken = false
        var last = keyword
        while true {
            let token = try next("on and a prefix", after: last)
            last = token
            if token.word == "on" { break }
            guard let word = token.word, !["}", ";", "allow", "deny"].contains(word) else {
                index -= 1
                throw problem(token, "expected a verb, or on and a prefix, as in on \"orders/\"")
            }
            guard let named = VerbSet(named: word) else {
                // The others of the rule may be wrong, too.
                isBroken = true
                report(
                    token,
                    "unknown verb \(TextEscape.printable(word))"
                        + Suggestion.hint(for: word, among: VerbSet.names))
                continue
            }
            verbs = verbs.union(named)
        }
        guard verbs != .none || isBroken else { throw problem(last, "expected a verb before on") }
        let token = try next("a prefix", after: last)
        let target = try target(token)
        let keyless = verbs.verbs.filter { !$0.hasKey }.map(\.rawValue)
        if target != .everything, !keyless.isEmpty {
            let words = keyless.joined(separator: ", ")
            report(token, "\(words) \(keyless.count == 1 ? "has" : "have") no key; write on *")
        }
        return PolicyRule(
            isDeny: keyword.word == "deny", verbs: verbs, target: target, line: keyword.line)
    }

    private func target(_ token: PolicyToken) throws(PolicyProblem) -> PolicyRule.Target {
        switch token.kind {
        case .word("*"): return .everything
        case .word: throw problem(token, "expected a prefix in quotes, as in \"orders/\", or *")
        case .quoted(let bytes):
            if bytes.isEmpty || bytes == [UInt8(ascii: "*")] { return .everything }
            if bytes.count > Self.prefixBytesMax {
                throw problem(token, "the prefix is longer than \(Self.prefixBytesMax) bytes")
            }
            if bytes.last == UInt8(ascii: "*") {
                throw problem(
                    token,
                    "there are no wildcards in prefixes; \"orders/\" means all keys below it, "
                        + "\"orders\" that key alone")
            }
            return bytes.last == UInt8(ascii: "/") ? .below(bytes) : .exactly(bytes)
        }
    }

    private mutating func readBinding(_ keyword: PolicyToken) throws(PolicyProblem) {
        let pattern = try next("a principal", after: keyword)
        let arrow = try next("-> and roles", after: pattern)
        guard arrow.word == "->" else {
            throw problem(arrow, "expected -> after the principal, as in bind NAME -> ROLE")
        }
        var names: [PolicyToken] = []
        while let token = peek, token.line == arrow.line, token.word != ";" {
            names.append(token)
            index += 1
        }
        if names.isEmpty { throw problem(arrow, "expected roles after -> on the same line") }
        guard pending.count < Self.bindingsMax else {
            throw problem(keyword, "more than \(Self.bindingsMax) bind lines")
        }
        pending.append((pattern, names))
    }

    private mutating func resolve() {
        let known = roles.map(\.name)
        for (pattern, names) in pending where problems.count < Self.problemsMax {
            var found: [Int] = []
            for token in names {
                if let role = token.word.flatMap({ roleIndices[$0] }) {
                    found.append(role)
                } else {
                    let name = token.word ?? ""
                    report(
                        token,
                        "unknown role \(TextEscape.printable(name))"
                            + Suggestion.hint(for: name, among: known))
                }
            }
            do throws(PolicyProblem) {
                let (text, isPattern) = try principal(pattern)
                bindings.append(
                    PolicyBinding(
                        text: text, isPattern: isPattern, roles: found, line: pattern.line))
            } catch { problems.append(error) }
        }
    }

    private func principal(
        _ token: PolicyToken
    ) throws(PolicyProblem) -> (text: String, isPattern: Bool) {
        let text: String
        switch token.kind {
        case .word(let word): text = word
        case .quoted(let bytes): text = String(decoding: bytes, as: UTF8.self)
        }
        if text.isEmpty || text.utf8.count > Self.patternBytesMax {
            throw problem(token, "a principal has 1 to \(Self.patternBytesMax) bytes")
        }
        guard text.contains("*") else { return (text, false) }
        let base = text.dropLast()
        guard text.hasSuffix("/*"), !base.contains("*") else {
            throw problem(token, "a pattern can have one *, at its end after a /, as in a/b/*")
        }
        if base == "/" || base.hasSuffix("//") {
            throw problem(
                token, "the pattern takes in every domain; name one, as in spiffe://example.org/*")
        }
        return (String(base), true)
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= nameBytesMax
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

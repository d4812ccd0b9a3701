import Foundation
import HoldfastBase
import HoldfastPolicy
import HoldfastServer
import Testing

@Suite struct PolicyTests {
    private static let text = """
        # Who may do what.
        role operator {
            allow admin.* health.read on *
            deny admin.drain on ""
        }
        role drainer { allow admin.drain on * ; }
        role caller { allow echo.call on * }
        bind spiffe://example.org/ops/* -> operator caller
        bind "spiffe://example.org/ops/anna" -> drainer
        bind spiffe://example.org/shop -> caller; bind shop.example.org -> caller
        """

    private func policy(_ text: String = text) throws(PolicyRejection) -> Policy {
        try Policy(Array(text.utf8), file: "policy")
    }

    private func problems(_ text: String) -> [String] {
        do {
            _ = try policy(text)
            return []
        } catch {
            return error.problems.map { "\($0.line):\($0.column): \($0.message)" }
        }
    }

    @Test(arguments: [
        ("spiffe://example.org/shop", Verb.echoCall, true),
        ("spiffe://example.org/shop", .adminInspect, false),
        ("shop.example.org", .echoCall, true),
        ("spiffe://example.org/shop/below", .echoCall, false),
        ("spiffe://example.org/SHOP", .echoCall, false),
        ("spiffe://example.org/ops/x", .adminReload, true),
        ("spiffe://example.org/ops/x/y", .adminReload, true),
        ("spiffe://example.org/ops/", .adminReload, false),
        ("spiffe://example.org/ops", .adminReload, false),
        ("spiffe://example.org/opsx/y", .adminReload, false),
        ("spiffe://example.org/ops/x", .adminDrain, false),
        ("spiffe://example.org/ops/anna", .adminDrain, false),
        ("", .echoCall, false),
        ("nobody", .echoCall, false),
    ])
    func decisions(principal: String, verb: Verb, allowed: Bool) throws {
        let decision = try policy().decide(principal, [Permission(verb)])
        #expect((decision == .allowed) == allowed)
    }

    @Test func denialsNameTheirLine() throws {
        let policy = try policy()
        #expect(
            policy.decide("spiffe://example.org/ops/anna", [Permission(.adminDrain)])
                == .denied(verb: .adminDrain, key: [], line: 4))
        #expect(
            policy.decide("spiffe://example.org/shop", [Permission(.adminDrain)])
                == .denied(verb: .adminDrain, key: [], line: nil))
    }

    @Test func allPermissionsAreNeeded() throws {
        let grants = try policy().grants(for: "spiffe://example.org/ops/x")
        #expect(grants.decide([Permission(.echoCall), Permission(.healthRead)]) == .allowed)
        #expect(
            grants.decide([Permission(.echoCall), Permission(.adminDrain)])
                == .denied(verb: .adminDrain, key: [], line: 4))
        #expect(grants.decide([]) == .allowed)
        #expect(PolicyGrants.everything.decide([Permission(.adminDrain)]) == .allowed)
    }

    /// No verb of this version has a key; the rules about keys are tested on the rules.
    @Test(arguments: [
        ("orders/", "orders/1", true), ("orders/", "orders/", true), ("orders/", "orders", false),
        ("orders/", "orders-archive/1", false), ("orders", "orders", true),
        ("orders", "orders/1", false), ("orders", "orders2", false), ("orders/", "", false),
    ])
    func prefixesEndAtASlash(prefix: String, key: String, matches: Bool) {
        let bytes = Array(prefix.utf8)
        let rule = PolicyRule(
            isDeny: false, verbs: .none,
            target: bytes.last == UInt8(ascii: "/") ? .below(bytes) : .exactly(bytes), line: 1)
        #expect(rule.matches(Array(key.utf8).span) == matches)
    }

    @Test func denyWinsInWhateverOrder() {
        let verbs = VerbSet(named: "echo.call") ?? .none
        let allow = PolicyRule(isDeny: false, verbs: verbs, target: .everything, line: 1)
        let deny = PolicyRule(
            isDeny: true, verbs: verbs, target: .below(Array("a/".utf8)), line: 2)
        for rules in [[allow, deny], [deny, allow]] {
            let grants = PolicyGrants(rules)
            #expect(grants.decide(.echoCall, key: Array("b".utf8).span) == .allowed)
            #expect(
                grants.decide(.echoCall, key: Array("a/b".utf8).span)
                    == .denied(verb: .echoCall, key: Array("a/b".utf8), line: 2))
        }
    }

    @Test(arguments: [
        ("rol x { }", "1:1: expected role or bind (did you mean \"role\"?)"),
        ("role { }", "1:6: expected the name of the role"),
        ("role x", "1:6: the file ends here; expected {"),
        ("role x {", "1:8: role x is not closed; add }"),
        ("role x { alow echo.call on * }", "1:10: expected allow, deny or } (did you mean \"allo"),
        ("role x { allow eco.call on * }", "1:16: unknown verb eco.call (did you mean \"echo.c"),
        ("role x { allow on * }", "1:16: expected a verb before on"),
        ("role x { allow echo.call }", "1:26: expected a verb, or on and a prefix"),
        ("role x { allow echo.call on orders }", "1:29: expected a prefix in quotes"),
        ("role x { allow echo.call on \"a/*\" }", "1:29: there are no wildcards in prefixes"),
        ("role x { allow echo.call on \"a/\" }", "1:29: echo.call has no key; write on *"),
        (
            "role x { allow lock.aquire echo.cal on \"a/\" }",
            "1:16: unknown verb lock.aquire (did you mean \"lock.acquire\"?)"
        ),
        ("role x { allow echo.call on \"a }", "1:29: the text is not closed on this line"),
        ("role x { }\nrole x { }", "2:6: role x is already written on line 1"),
        ("role x { }\nbind a -> y", "2:11: unknown role y"),
        ("role x { }\nbind a x", "2:8: expected -> after the principal"),
        ("role x { }\nbind a ->\nbind b -> x", "2:8: expected roles after -> on the same line"),
        ("role x { }\nbind a/*/b -> x", "2:6: a pattern can have one *"),
        ("role x { }\nbind a* -> x", "2:6: a pattern can have one *"),
        ("role x { }\nbind * -> x", "2:6: a pattern can have one *"),
        ("role x { }\nbind spiffe://* -> x", "2:6: the pattern takes in every domain"),
        ("role x { }\nbind \"\" -> x", "2:6: a principal has 1 to 2048 bytes"),
        ("role x { allow echo.call on \"\\q\" }", "1:30: unknown escape"),
    ])
    func mistakesHaveAPlace(text: String, expected: String) {
        let found = problems(text)
        #expect(found.first?.hasPrefix(expected) == true, "\(found)")
    }

    @Test func allMistakesAreReportedAtOnce() {
        let found = problems(
            """
            role a {
                allow echo.cal on *
                allow admin.drain on *
                deny nothing on *
            }
            bnd x -> a
            bind y -> b a c
            """)
        #expect(found.map { $0.prefix(4) } == ["2:11", "4:10", "6:1:", "7:11", "7:15"], "\(found)")
    }

    @Test func capsAreErrors() {
        let roles = (0...PolicyParser.rolesMax).map { "role r\($0) { }\n" }.joined()
        #expect(problems(roles).contains { $0.contains("more than 1024 roles") })
        let rules = String(repeating: "allow echo.call on *\n", count: PolicyParser.rulesMax + 1)
        #expect(problems("role a {\n\(rules)}").contains { $0.contains("more than 16384 rules") })
        let large = String(repeating: "#", count: PolicyParser.bytesMax + 1)
        #expect(problems(large) == ["1:1: the file is larger than 1 MiB"])
        let key = String(repeating: "k", count: PolicyParser.prefixBytesMax + 1)
        #expect(problems("role a { allow echo.call on \"\(key)\" }").count == 1)
    }

    @Test func explanationsShowTheWay() throws {
        let policy = try policy()
        let denied = policy.explain("spiffe://example.org/ops/anna", Permission(.adminDrain))
        #expect(
            denied == """
                admin.drain: denied
                  line 8: bind spiffe://example.org/ops/* -> operator caller
                  line 9: bind spiffe://example.org/ops/anna -> drainer
                  line 4: role operator: deny rule matches
                """)
        #expect(policy.explain("x\u{1B}", Permission(.echoCall)).contains("x\\u{1b}"))
        #expect(policy.explain("", Permission(.echoCall)).contains("no certificate"))
    }

    @Test func verbSetsHoldEachVerbOnce() {
        for verb in Verb.allCases {
            #expect(VerbSet(named: verb.rawValue)?.verbs == [verb])
        }
        #expect(VerbSet(named: "*")?.verbs == Verb.allCases)
        #expect(VerbSet(named: "admin.*")?.verbs.count == 7)
        #expect(VerbSet(named: "adm.*") == nil)
        #expect(VerbSet(named: ".*") == nil)
        #expect(VerbSet(named: "") == nil)
    }

    @Test func theDocumentedVerbsAreAllThereAre() throws {
        let page = URL(filePath: #filePath).appending(path: "../../../docs/policy.md").standardized
        let text = try String(contentsOf: page, encoding: .utf8)
        for verb in Verb.allCases { #expect(text.contains("| `\(verb.rawValue)` |")) }
        let example = try #require(text.split(separator: "```\n").dropFirst().first)
        let policy = try policy(String(example))
        #expect(
            policy.decide("spiffe://example.org/shop", [Permission(.echoCall)]) == .allowed)
    }

    @Test func theDigestIsOfTheFile() throws {
        #expect(try policy().digest == SHA256.digest(of: Array(Self.text.utf8)))
    }

    @Test func noiseNeverTraps() {
        let good = Array(Self.text.utf8)
        var state: UInt64 = 7
        func next() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 40)
        }
        for _ in 0..<2000 {
            var text = good
            for _ in 0...(next() % 4) {
                let place = next() % text.count
                switch next() % 3 {
                case 0: text[place] = UInt8(next() % 256)
                case 1: text.insert(Array("{};\"\\*#\n->".utf8)[next() % 10], at: place)
                default: text.removeSubrange(place..<min(text.count, place + next() % 20))
                }
            }
            do throws(PolicyRejection) {
                _ = try Policy(text, file: "x")
            } catch {
                #expect(!error.problems.isEmpty)
            }
        }
    }
}

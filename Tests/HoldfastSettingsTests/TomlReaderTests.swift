import HoldfastBase
import HoldfastSettings
import Testing

@Suite struct TomlReaderTests {
    private func read(_ text: String) -> TomlReader { TomlReader(Array(text.utf8)) }

    private func problems(_ text: String) -> [String] {
        read(text).problems.map { "\($0.line):\($0.column): \($0.message)" }
    }

    @Test func everyKindOfValue() {
        let reader = read(
            """
            # a comment
            text = "a \\"b\\" \\\\ \\n\\t \\u00E9 \\U0001F512" # behind a value
            plain = 'c:\\n'
            number = -16_384\r
            on = true
            a.b = false
            [deep.section]
            empty = ""
            list = [
              "one", # the first
              'two',

            ]
            none = []
            """)
        #expect(reader.problems.isEmpty)
        #expect(
            reader.entries.map(\.value) == [
                .string("a \"b\" \\ \n\t é 🔒"), .string("c:\\n"), .integer(-16_384),
                .boolean(true), .boolean(false), .string(""), .strings(["one", "two"]),
                .strings([]),
            ])
        #expect(
            reader.entries.map(\.path) == [
                "text", "plain", "number", "on", "a.b", "deep.section.empty", "deep.section.list",
                "deep.section.none",
            ])
        #expect(reader.entries.map(\.line) == [2, 3, 4, 5, 6, 8, 9, 14])
    }

    @Test(arguments: [
        ("key", "1:4: expected = after key"),
        ("key = ", "1:7: the value of key is missing"),
        ("key = 10s", "1:7: a text must be in quotes: \"10s\""),
        ("key = 1.5", "1:7: a text must be in quotes: \"1.5\""),
        ("key = 99999999999999999999", "1:7: 99999999999999999999 does not fit"),
        ("key = \"abc", "1:7: the text is not closed on this line"),
        ("é = \"\"", "1:1: expected the name of a key"),
        ("k = \"é\\q\"", "1:7: unknown escape"),
        ("k = \"\\uD800\"", "1:6: expected 4 hexadecimal digits"),
        ("k = \"\\u00é0\"", "1:6: expected 4 hexadecimal digits"),
        ("k = \"a\" b", "1:9: expected the end of the line"),
        ("k = {a=1}", "1:5: tables in braces are not supported"),
        ("k = \"\"\"x", "1:7: texts of several lines"),
        ("[a", "1:3: expected ] after the section name"),
        ("[[a]]", "1:2: arrays of tables"),
        ("[a]\n[b]\n[a]", "3:1: section [a] already began on line 1"),
        ("k = [\"a\"", "1:5: the list is not closed; add ]"),
        ("k = [1]", "1:6: expected a text in quotes"),
        ("\"k\" = 1", "1:1: write the key without quotes"),
        ("a..b = 1", "1:1: a part of the name a..b is empty"),
        ("k = \"\u{1}\"", "1:6: a control character"),
    ])
    func mistakesHaveAPlace(text: String, expected: String) {
        let found = problems(text)
        #expect(found.count == 1 && found[0].hasPrefix(expected), "\(found)")
    }

    @Test func oneRunFindsAllMistakesAndNoneTwice() {
        let text = """
            a = 1.5
            list = [
              "x"
              "y",
              "z",
            ]
            b = true
            c = "open
            d = 5
            """
        #expect(problems(text).map { $0.prefix(4) } == ["1:5:", "4:3:", "8:5:"])
        #expect(read(text).entries.map(\.key) == ["b", "d"])
    }

    @Test func bytesThatAreNotTextAreRefused() {
        let reader = TomlReader(Array("a = 1\nb = \"é".utf8) + [0xFF])
        #expect(reader.problems.map(\.line) == [2])
        #expect(reader.problems.map(\.column) == [7])
        let large = TomlReader([UInt8](repeating: 0x20, count: TomlReader.bytesMax + 1))
        #expect(large.problems.count == 1)
        let marked = TomlReader([0xEF, 0xBB, 0xBF] + Array("a = 1".utf8))
        #expect(marked.entries.map(\.column) == [1])
    }

    @Test func problemsAreBounded() {
        let text = String(repeating: "=\n", count: 10_000)
        #expect(problems(text).count == TomlReader.problemsMax)
    }

    /// Damages a good file at random: whatever comes out, nothing traps.
    @Test func noiseNeverTraps() {
        let good = Array("[a]\nk = [\"x\", 'y'] # c\r\nn = -1_0\nt = \"\\u00e9\\n\"\n".utf8)
        var state: UInt64 = 42
        func next() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 40)
        }
        for _ in 0..<20_000 {
            var text = good
            for _ in 0...(next() % 4) {
                let place = next() % text.count
                switch next() % 3 {
                case 0: text[place] = UInt8(next() % 256)
                case 1: text.insert(Array("[]\"'\\=#\n\r,".utf8)[next() % 10], at: place)
                default: text = Array(text[..<max(1, place)])
                }
            }
            let reader = TomlReader(text)
            #expect(reader.problems.count <= TomlReader.problemsMax)
        }
    }
}

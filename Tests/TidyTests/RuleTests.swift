import Testing

/// Each rule has been seen failing, and seen letting pass what is right.
@Suite struct RuleTests {
    private func lines(_ rule: TidyRule, _ path: String, _ text: String) -> [Int] {
        rule.violations(in: SourceFile(path: path, text: text)).map(\.line)
    }

    @Test(arguments: [
        ("Sources/HoldfastBase/A.swift", "import HoldfastWire", true),
        ("Sources/HoldfastWireProtocol/A.swift", "import HoldfastTLS", true),
        ("Sources/HoldfastWireProtocol/A.swift", "\npackage import HoldfastRuntime", true),
        ("Sources/HoldfastWireProtocol/A.swift", "import HoldfastWire", true),
        ("Sources/HoldfastWire/A.swift", "import HoldfastRuntime", true),
        ("Sources/HoldfastCalls/A.swift", "import HoldfastRPC", true),
        ("Sources/HoldfastWireProtocol/A.swift", "import Logging", true),
        ("Sources/HoldfastNew/A.swift", "", true),
        ("Sources/Holdfast/A.swift", "import HoldfastServer", true),
        ("Sources/HoldfastWireProtocol/A.swift", "import HoldfastBase\nimport Glibc", false),
        ("Sources/holdfastd/main.swift", "import HoldfastServer", false),
        ("Sources/HoldfastBase/A.swift", "// import HoldfastWire\nlet a = \"import X\"", false),
        ("Tests/XTests/A.swift", "import HoldfastServer", false),
    ])
    func ranks(path: String, text: String, isWrong: Bool) {
        #expect(!lines(.ranks, path, text).isEmpty == isWrong)
    }

    @Test(arguments: [
        ("Sources/HoldfastRuntime/A.swift", "import COpenSSL", true),
        ("Sources/HoldfastTLS/A.swift", "import CHoldfastSystem", true),
        ("Sources/HoldfastWireProtocol/A.swift", "import CProtobufC", true),
        ("Sources/HoldfastWireProtocol/Frames/A.swift", "internal import CHoldfastFrames", true),
        ("Sources/HoldfastWire/A.swift", "import CProtobufC", true),
        ("Sources/HoldfastWireProtocol/Codec/A.swift", "import CHoldfastProto", true),
        ("Sources/HoldfastWireProtocol/Codec/A.swift", "import CProtobufC", false),
        ("Sources/HoldfastWire/A.swift", "import CHoldfastProto", false),
        ("Sources/HoldfastWireProtocol/Generated/A.swift", "import CHoldfastFrames", false),
        ("Sources/HoldfastTLS/Deep/A.swift", "import COpenSSL", false),
    ])
    func owners(path: String, text: String, isWrong: Bool) {
        #expect(!lines(.owners, path, text).isEmpty == isWrong)
    }

    @Test(arguments: [
        ("Sources/HoldfastBase/A.swift", "@_exported import Glibc", true),
        ("Sources/HoldfastBase/A.swift", "@preconcurrency import Glibc", true),
        ("Sources/HoldfastBase/A.swift", "@testable import HoldfastBase", true),
        ("Sources/HoldfastBase/A.swift", "import struct Glibc.timespec", true),
        ("Sources/holdfastd/A.swift", "public import HoldfastServer", true),
        ("Tests/XTests/A.swift", "public import HoldfastServer", true),
        ("Tests/XTests/A.swift", "@testable import HoldfastServer", false),
        ("Sources/Holdfast/Other.swift", "@_exported public import HoldfastRPC", true),
        ("Sources/Holdfast/Holdfast.swift", "@_exported public import HoldfastCalls", false),
        ("Sources/HoldfastRPC/HoldfastRPC.swift", "@_exported public import HoldfastCalls", false),
        ("Tests/HoldfastTestProto/Generated/A.swift", "public import HoldfastWire", false),
        ("Sources/HoldfastTLS/A.swift", "public import HoldfastBase\npackage import Glibc", false),
    ])
    func importForms(path: String, text: String, isWrong: Bool) {
        #expect(!lines(.importForms, path, text).isEmpty == isWrong)
    }

    @Test func foundation() {
        #expect(lines(.foundation, "Sources/holdfastctl/A.swift", "\nimport Foundation") == [2])
        #expect(lines(.foundation, "Sources/HoldfastTLS/A.swift", "import Dispatch") == [1])
        #expect(lines(.foundation, "Tests/XTests/A.swift", "import Foundation").isEmpty)
    }

    @Test(arguments: [
        "clock_gettime(0, &t)", "let d = Date()", "ContinuousClock.now", "Task { }", "Mutex(0)",
        "print(1)", "SystemRandomNumberGenerator()", "Int.random(in: 0...1)",
    ])
    func impure(text: String) {
        #expect(lines(.impure, "Sources/HoldfastWireProtocol/A.swift", text) == [1])
        #expect(lines(.impure, "Sources/HoldfastCodeGen/A.swift", text) == [1])
        #expect(lines(.impure, "Sources/HoldfastPolicy/A.swift", text) == [1])
        #expect(lines(.impure, "Sources/HoldfastWireProtocol/Codec/A.swift", text).isEmpty)
        #expect(lines(.impure, "Sources/HoldfastServer/Log/A.swift", text).isEmpty)
        #expect(lines(.impure, "Sources/HoldfastWireProtocol/A.swift", "// \(text)").isEmpty)
    }

    @Test func wordsInsideWordsAreNotFound() {
        let text = "let MutexFree = 1; fingerprint(1); update(); TaskID()"
        #expect(lines(.impure, "Sources/HoldfastWireProtocol/A.swift", text).isEmpty)
    }

    @Test func traps() {
        let path = "Sources/HoldfastTLS/A.swift"
        #expect(lines(.traps, path, "let a = try! b()") == [1])
        #expect(lines(.traps, path, "\nfatalError()") == [2])
        #expect(lines(.traps, path, "// fatalError() and try! b()").isEmpty)
        let base = "Sources/HoldfastBase/Unreachable.swift"
        #expect(lines(.traps, base, "func unreachable() { fatalError() }").isEmpty)
        #expect(lines(.traps, base, "func other() { fatalError() }") == [1])
    }

    @Test func leftovers() {
        let mark = "TO" + "DO"
        #expect(lines(.leftovers, "Sources/HoldfastTLS/A.swift", "// \(mark): later") == [1])
        #expect(lines(.leftovers, "docs/a.md", "a\n\("FIX" + "ME")\n") == [2])
        #expect(lines(.leftovers, "docs/a.md", "\(mark)S are none").isEmpty)
    }

    @Test func unchecked() {
        let path = "Sources/HoldfastTLS/A.swift"
        #expect(lines(.unchecked, path, "final class A: @unchecked Sendable {}") == [1])
        #expect(lines(.unchecked, path, "let a = 1\nfinal class A: @unchecked Sendable {}") == [2])
        #expect(lines(.unchecked, path, "nonisolated(unsafe) var a = 1") == [1])
        let proved = "/// Safe: one thread.\n@safe\nfinal class A: @unchecked Sendable {}"
        #expect(lines(.unchecked, path, proved).isEmpty)
    }

    @Test func sizes() {
        let long = String(repeating: "let a = 1\n", count: 501)
        #expect(lines(.fileSize, "Sources/HoldfastTLS/A.swift", long) == [1])
        #expect(lines(.fileSize, "Sources/HoldfastTLS/Generated/A.swift", long).isEmpty)
        let most = String(repeating: "let a = 1\n", count: 500)
        #expect(lines(.fileSize, "Sources/HoldfastTLS/A.swift", most).isEmpty)
    }

    @Test func functionSizes() {
        let path = "Sources/HoldfastTLS/A.swift"
        func body(_ lines: Int) -> String { String(repeating: "        a()\n", count: lines) }
        let fits = "struct A {\n    func f() {\n\(body(68))    }\n}\n"
        #expect(lines(.functionSize, path, fits).isEmpty)
        let tooLong = "struct A {\n    func f() {\n\(body(69))    }\n}\n"
        #expect(lines(.functionSize, path, tooLong) == [2])
        let initialiser =
            "struct A {\n    init(\n        a: () -> Void = { }\n    ) {\n\(body(69))    }\n}\n"
        #expect(lines(.functionSize, path, initialiser) == [2])
        let requirement = "protocol P {\n    func f()\n    var a: Int { get }\n\(body(90))}\n"
        #expect(lines(.functionSize, path, requirement).isEmpty)
        let call = "struct A {\n    let a = B.init(1)\n    struct C {\n\(body(90))    }\n}\n"
        #expect(lines(.functionSize, path, call).isEmpty)
        let text = "func f() {\n    let a = \"\"\"\n        {\n        \"\"\"\n}\n\(body(90))"
        #expect(lines(.functionSize, path, text).isEmpty)
    }

    @Test func machinePaths() {
        for root in ["home", "Users", "root", "work"] {
            #expect(lines(.machinePaths, "README.md", "see `/\(root)/me/x`") == [1])
        }
        #expect(lines(.machinePaths, "README.md", "homework/1 and https://a/work/b").isEmpty)
    }

    @Test func commentsAndTextsAreBlanked() {
        let text = ##"""
            a /* b /* c */ d */ e // f
            "g \"h\" \(i("j")) k" l #"m "n" \#(o)"# p
            """##
        #expect(
            SwiftBlanker.blanked(text).split { $0 == " " || $0 == "\n" } == ["a", "e", "l", "p"])
        let long = "x = \"\"\"\n  a \" b\n  \"\"\" + y"
        #expect(
            SwiftBlanker.blanked(long).split { $0 == " " || $0 == "\n" } == ["x", "=", "+", "y"])
    }
}

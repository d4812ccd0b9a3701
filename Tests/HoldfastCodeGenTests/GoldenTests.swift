import HoldfastCodeGen
import Testing

@Suite struct GoldenTests {
    @Test func everyPartIsAsWritten() throws {
        let files = try generate("c_module=CShop,views=true")
        #expect(
            files.map(\.name) == [
                "shop.pb.swift", "shop.client.swift", "shop.server.swift", "Descriptors.pb.swift",
            ])
        expect(files[0].text, Golden.messages)
        expect(files[1].text, Golden.client)
        expect(files[2].text, Golden.server)
        expect(files[3].text, Golden.descriptors)
    }

    @Test func packageAccessAndImports() throws {
        let files = try generate("emit=server,access=package,import=Extra")
        #expect(files.map(\.name) == ["shop.server.swift"])
        expect(files[0].text, Golden.packageServer)
    }

    @Test func theModuleItselfIsNotImported() throws {
        let files = try generate("emit=messages,c_module=CShop,module=HoldfastWire")
        #expect(!files[0].text.contains("import HoldfastWire"))
        #expect(!files[0].text.contains("struct View"))
    }

    @Test func leanCodeImportsWhatItNeeds() throws {
        let files = try generate("emit=messages+client,c_module=CShop,lean=true")
        let imports = files.map { file in
            file.text.split(separator: "\n").filter { $0.contains("import ") }
        }
        #expect(
            imports == [
                ["internal import CShop", "public import HoldfastWireProtocol"],
                ["public import HoldfastCalls", "public import HoldfastWireProtocol"],
            ])
        let own = try generate("emit=messages,c_module=CShop,lean=true,module=HoldfastWireProtocol")
        #expect(!own[0].text.contains("import Holdfast"))
    }

    @Test func theResponseHoldsTheFiles() throws {
        let request = Descriptor.request(
            [GoldenInput.file], generate: ["shop/v1/shop.proto"], options: "emit=client")
        let expected = Descriptor { response in
            response.number(2, 1)
            response.message(15) {
                $0.text(1, "shop.client.swift")
                $0.text(15, Golden.client)
            }
        }
        #expect(try CodeGenerator.respond(to: request) == expected.bytes)
    }

    @Test func anErrorIsTheWholeResponse() throws {
        let request = Descriptor.request(
            [.file(syntax: "proto2") { _ in }], generate: ["t.proto"])
        let expected = Descriptor {
            $0.text(1, "t.proto: syntax \"proto2\" is not supported; write syntax = \"proto3\"")
            $0.number(2, 1)
        }
        #expect(try CodeGenerator.respond(to: request) == expected.bytes)
    }

    private func generate(_ options: String) throws -> [CodeGenerator.File] {
        try CodeGenerator.files(
            request: Descriptor.request(
                [GoldenInput.file], generate: ["shop/v1/shop.proto"], options: options))
    }

    /// Compares line by line, so that a failure names the first line that differs.
    private func expect(
        _ text: String, _ golden: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let expected = golden.split(separator: "\n", omittingEmptySubsequences: false)
        for (number, pair) in zip(lines, expected).enumerated() where pair.0 != pair.1 {
            Issue.record(
                "line \(number + 1): \(pair.0) instead of \(pair.1)",
                sourceLocation: sourceLocation)
            return
        }
        #expect(lines.count == expected.count, sourceLocation: sourceLocation)
    }
}

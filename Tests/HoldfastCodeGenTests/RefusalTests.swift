import HoldfastCodeGen
import Testing

/// What protobuf-c cannot do is refused, with the place and a way out.
@Suite struct RefusalTests {
    @Test func proto2() {
        refused(
            .file(syntax: "proto2") { _ in },
            "t.proto: syntax \"proto2\" is not supported; write syntax = \"proto3\"")
    }

    @Test func proto3Optional() {
        refused(
            .file {
                $0.declare("M") { $0.field("note", 1, .string, oneof: 0, optional: true) }
                $0.origins([([4, 0, 2, 0], 7, "")])
            },
            "t.proto:7: M.note: proto3 optional is not supported by protobuf-c; "
                + "put the field into a oneof")
    }

    @Test func maps() {
        refused(
            .file {
                $0.declare("M") {
                    $0.field("by_name", 1, .message, of: ".a.v1.M.ByNameEntry", repeated: true)
                    $0.nest("ByNameEntry") { $0.message(7) { $0.number(7, 1) } }
                }
            },
            "t.proto: M.by_name: maps are not supported by protobuf-c; "
                + "use a repeated message with key and value")
    }

    @Test func groups() {
        refused(
            .file { $0.declare("M") { $0.field("g", 1, .group, of: ".a.v1.M.G") } },
            "t.proto: M.g: groups are not supported; use a message")
    }

    @Test func recursion() {
        refused(
            .file {
                $0.declare("A") { $0.field("b", 1, .message, of: ".a.v1.B") }
                $0.declare("B") {
                    $0.field("c", 1, .message, of: ".a.v1.C", repeated: true)
                }
                $0.declare("C") { $0.field("a", 1, .message, of: ".a.v1.A") }
            },
            "t.proto: A: recursive messages are not supported "
                + "(a.v1.A → a.v1.B → a.v1.C → a.v1.A); refer by an id, or flatten into a list")
    }

    @Test func recursionBelowTheMessage() {
        refused(
            .file {
                $0.declare("B") { $0.field("b", 1, .message, of: ".a.v1.B") }
            },
            "t.proto: B: recursive messages are not supported (a.v1.B → a.v1.B); "
                + "refer by an id, or flatten into a list")
    }

    @Test func extensions() {
        refused(
            .file { $0.message(7) { $0.text(1, "x") } },
            "t.proto: extensions are not supported")
        refused(
            .file { $0.declare("M") { $0.message(5) { $0.number(1, 100) } } },
            "t.proto: M: extensions are not supported")
    }

    @Test func clientStreaming() {
        refused(
            .file {
                $0.declare("M")
                $0.service("UpService", [("Up", ".a.v1.M", ".a.v1.M", true, false)])
            },
            "t.proto: UpService.Up: client streaming is not supported; "
                + "send several requests, or a list in one")
    }

    @Test func wellKnownTypes() {
        refused(
            .file("google/protobuf/any.proto", package: "google.protobuf") { $0.declare("Any") },
            .file { $0.declare("M") { $0.field("any", 1, .message, of: ".google.protobuf.Any") } },
            "t.proto: M.any: google.protobuf.Any has no generated type here; use a number with its "
                + "unit in the name, or a message of your own")
    }

    @Test func moreSingularMessagesThanThePreScanTellsApart() {
        refused(
            .file {
                $0.declare("Leaf")
                $0.declare("M") { message in
                    for number in 1...65 {
                        message.field("f\(number)", number, .message, of: ".a.v1.Leaf")
                    }
                }
            },
            "t.proto: M: more than 64 singular message fields; group them")
    }

    @Test func namesThatBecomeOne() {
        refused(
            .file {
                $0.declare("M") {
                    $0.field("a_b", 1, .int32)
                    $0.field("aB", 2, .int32)
                }
            },
            "t.proto: M: a_b and aB would both become aB")
        refused(
            .file {
                $0.declare("M") {
                    $0.nest("Kind")
                    $0.oneof("kind")
                    $0.field("x", 1, .int32, oneof: 0)
                }
            },
            "t.proto: M: Kind and kind would both become Kind")
        refused(
            .file { $0.declare("M") { $0.nest("View") } },
            "t.proto: M: View and View (made by views=true) would both become View",
            options: "c_module=C,views=true")
    }

    @Test func filesThatBecomeOne() {
        let files = [
            Descriptor.file("x/t.proto", package: "x") { _ in },
            Descriptor.file("y/t.proto", package: "y") { _ in },
        ]
        let request = Descriptor.request(files, generate: ["x/t.proto", "y/t.proto"])
        #expect(error(of: request) == "x/t.proto and y/t.proto would both become t.pb.swift")
    }

    @Test(arguments: [
        "c_module=C,acces=public", "c_module=C,access=open", "c_module=C,emit=json",
        "c_module=C,emit=", "c_module=", "c_module=1C", "c_module=C,views", "c_module=C,import=a b",
    ])
    func unknownOptionsListTheKnown(_ options: String) throws {
        let request = Descriptor.request([.file { _ in }], generate: ["t.proto"], options: options)
        let message = try #require(error(of: request))
        #expect(message.contains("unknown option or value"))
        #expect(message.contains("access=public|package"))
        #expect(message.contains("import=MODULE"))
    }

    @Test func messagesNeedTheCModule() {
        let request = Descriptor.request([.file { _ in }], generate: ["t.proto"], options: "")
        #expect(error(of: request) == "option c_module=NAME is missing; messages need it")
    }

    @Test func brokenRequestsAreNotTheUsersFault() {
        let whole = Descriptor.request(
            [.file { $0.declare("M") { $0.field("f", 1, .string) } }], generate: ["t.proto"])
        for end in 0..<whole.count {
            // Ends between fields leave a request without files; it still must not trap.
            _ = try? CodeGenerator.respond(to: Array(whole[..<end]))
        }
        #expect(throws: BrokenRequest.self) { try CodeGenerator.respond(to: []) }
        #expect(throws: BrokenRequest.self) { try CodeGenerator.respond(to: [0xff]) }
        #expect(throws: BrokenRequest.self) {
            try CodeGenerator.respond(to: Array("not a request".utf8))
        }
    }

    @Test func mutatedRequestsDoNotTrap() {
        let whole = Descriptor.request(
            [
                .file {
                    $0.declare("M") { $0.field("f", 1, .message, of: ".a.v1.N") }
                    $0.declare("N") { $0.field("s", 1, .string, repeated: true) }
                    $0.origins([([4, 0], 3, " Comment.\n")])
                }
            ], generate: ["t.proto"])
        for place in whole.indices {
            for value: UInt8 in [0, 1, 0x7f, 0x80, 0xff] {
                var bytes = whole
                bytes[place] = value
                _ = try? CodeGenerator.respond(to: bytes)
            }
        }
    }

    private func refused(
        _ file: Descriptor, _ message: String, options: String = "c_module=CTest",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let request = Descriptor.request([file], generate: ["t.proto"], options: options)
        #expect(error(of: request) == message, sourceLocation: sourceLocation)
    }

    private func refused(
        _ imported: Descriptor, _ file: Descriptor, _ message: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let request = Descriptor.request([imported, file], generate: ["t.proto"])
        #expect(error(of: request) == message, sourceLocation: sourceLocation)
    }

    /// The `error` of the response, which is the answer to a wrong `.proto` file.
    private func error(of request: [UInt8]) -> String? {
        do {
            _ = try CodeGenerator.files(request: request)
            return nil
        } catch {
            return "\(error)"
        }
    }
}

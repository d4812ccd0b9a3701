import HoldfastBase
import HoldfastControl
import HoldfastSettings
import HoldfastWire
import Testing

/// JSON to messages and back, by the descriptors that generated code carries.
@Suite struct DynamicTests {
    private let schema: ProtoSchema

    init() throws {
        var schema = ProtoSchema()
        try schema.add(ProtoDescriptors.fileDescriptorSet.bytes, from: "this program")
        self.schema = schema
    }

    private func encode(_ json: String, _ name: String) throws -> [UInt8] {
        try MessageEncoder(schema).encode(Array(json.utf8), as: "holdfast.v1.\(name)")
    }

    private func decode(_ bytes: [UInt8], _ name: String) throws -> String {
        try MessageDecoder(schema).decode(bytes, as: "holdfast.v1.\(name)").line
    }

    @Test func aRequestIsWhatGeneratedCodeMakes() throws {
        let bytes = try encode(
            #"""
            {"names": ["a", "b\u00e9"], "mode": "LOCK_MODE_SHARED", "session": "0x0102ff",
             "ttlMs": "18446744073709551615", "unfair": true, "min_strength": 3,
             "metadata": "aGk=", "holder": null}
            """#, "AcquireRequest")
        let message = try AcquireRequest(decoding: bytes)
        #expect(
            message
                == AcquireRequest(
                    names: ["a", "bé"], mode: .shared, session: [1, 2, 255], ttlMs: .max,
                    unfair: true, minStrength: 3, metadata: Array("hi".utf8)))
    }

    @Test func anAnswerIsToldAsItIs() throws {
        let answer = AcquireResponse(
            outcome: .held(LockHeld(grant: [0xFB, 0xFF], fence: .max, strength: 2, joined: true)))
        #expect(
            try decode(answer.encoded(), "AcquireResponse")
                == #"{"held":{"grant":"+/8=","fence":18446744073709551615,"strength":2,"joined":true}}"#
        )
        #expect(try decode([], "AcquireResponse") == "{}")
        // A field of a later version.
        #expect(try decode([0xF8, 0x07, 5], "AcquireResponse") == #"{"unknown":{"127":5}}"#)
    }

    @Test(arguments: [
        (#"{"names": ["a", 4]}"#, "names[1]: must be a text, and is a number"),
        (
            #"{"nmes": []}"#,
            "nmes: no field of holdfast.v1.AcquireRequest (did you mean \"names\"?)"
        ),
        (#"{"names": "a"}"#, "names: must be a list, and is a text"),
        (#"{"mode": "LOCK_MODE_SHARD"}"#, "did you mean \"LOCK_MODE_SHARED\"?"),
        (#"{"ttl_ms": -1}"#, "ttl_ms: must be a whole number from 0 to 18446744073709551615"),
        (#"{"ttl_ms": 1.5}"#, "and is 1.5"), (#"{"session": "a"}"#, "session: must be base64"),
        (#"{"session": "0x1"}"#, "even number"), (#"[]"#, "the JSON: must be an object"),
        (#"{"names": []"#, "line 1, column 13: expected , or }"),
        ("{\n\"names\": nope}", "JSON, line 2, column 10: expected a value"),
        (#"{"names": [], "names": []}"#, "is there twice"), ("{} {}", "nothing may follow"),
        (#"{"holder": "\ud800"}"#, "half of a pair"), ("", "a value is missing"),
    ])
    func mistakesNameTheField(json: String, part: String) {
        let error = #expect(throws: ArgumentError.self) { try encode(json, "AcquireRequest") }
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }

    @Test func oneOfSeveralIsEnough() {
        let error = #expect(throws: ArgumentError.self) {
            try encode(#"{"held": {}, "not_held": {}}"#, "AcquireResponse")
        }
        #expect(error?.description.contains("only one of it and held") == true)
    }

    @Test func methodsAreFoundByTheirEnd() throws {
        let all = try SchemaAnswer.make(schema, describing: nil)
        let surface = Answer.Surface(columns: 80, paint: Paint(isColored: false))
        let text = all.text(.table, surface)
        #expect(text.contains("holdfast.v1.LockService/GetLock"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
        let one = try SchemaAnswer.make(schema, describing: "LockService.Acquire")
        let fields = one.text(.table, surface)
        #expect(fields.contains("names") && fields.contains("list of string"))
        #expect(fields.contains("LOCK_MODE_SHARED"), "\(fields)")
        let mode = try SchemaAnswer.make(schema, describing: "LockMode")
        #expect(mode.text(.table, surface).contains("LOCK_MODE_EXCLUSIVE = 1"))
        #expect(throws: ArgumentError.self) { try SchemaAnswer.make(schema, describing: "Watch") }
        #expect(throws: ArgumentError.self) {
            var other = ProtoSchema()
            try other.add([0x0A, 0x05, 1], from: "a file")
        }
    }

    /// Random bytes are told or refused, and never trap.
    @Test func anyBytesAreToldOrRefused() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            _ = try? decode(bytes, "GetLockResponse")
            var schema = ProtoSchema()
            _ = try? schema.add(bytes, from: "bytes")
            _ = try? MessageEncoder(self.schema).encode(bytes, as: "holdfast.v1.AcquireRequest")
        }
    }

    @Test func aRawMessageKeepsItsBytes() throws {
        let answer = AcquireResponse(outcome: .held(LockHeld(grant: [1, 2, 3], fence: 9)))
        let bytes = answer.encoded() + [0x0D, 1, 2, 3, 4, 0x11, 1, 2, 3, 4, 5, 6, 7, 8]
        #expect(try RawMessage(decoding: bytes).bytes == bytes)
        #expect(RawMessage(bytes).encoded() == bytes)
    }
}

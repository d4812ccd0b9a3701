import HoldfastWire
import Testing

@Suite struct RoundTripTests {
    @Test func aRequestHeadSurvives() throws {
        let head = RequestHead(
            method: "holdfast.v1.EchoService/Echo", timeoutUs: 1_000_000,
            requestId: [UInt8](repeating: 7, count: 16), attempt: 300, traceparent: "größe 🙂",
            metadata: [Metadata(key: "a", value: [0, 1, 255]), Metadata()])
        #expect(try RequestHead(decoding: head.encoded()) == head)
    }

    @Test func retryAfterMayBeNegative() throws {
        let head = ResponseHead(code: 14, retryAfterMs: -1, notProcessed: true)
        #expect(try ResponseHead(decoding: head.encoded()) == head)
    }

    @Test func anUnknownEnumValueSurvives() throws {
        let goAway = GoAway(code: GoAwayCode(rawValue: 99), endpoints: ["a:1", ""])
        let decoded = try GoAway(decoding: goAway.encoded())
        #expect(decoded == goAway)
        #expect("\(decoded.code) \(GoAwayCode.draining)" == "99 GO_AWAY_CODE_DRAINING")
    }

    @Test func emptyBytesAreTheDefaultMessage() throws {
        #expect(try Hello(decoding: []) == Hello())
        #expect(Hello().encoded() == [])
    }

    @Test func theDescriptorSetNamesEveryFile() {
        let bytes = HoldfastWire.ProtoDescriptors.fileDescriptorSet.bytes
        let text = String(decoding: bytes, as: UTF8.self)
        for name in ["frame", "error_details"] {
            #expect(text.contains("holdfast/rpc/v1/\(name).proto"))
        }
        for name in ["echo", "health", "admin"] {
            #expect(text.contains("holdfast/v1/\(name).proto"))
        }
    }

    @Test func methodsAreNamedInFull() {
        #expect(EchoService.name == "holdfast.v1.EchoService")
        #expect(EchoService.Methods.echo.path == "holdfast.v1.EchoService/Echo")
        #expect(EchoService.Methods.echo.kind == .unary)
        #expect(HealthService.Methods.watch.kind == .serverStream)
    }
}

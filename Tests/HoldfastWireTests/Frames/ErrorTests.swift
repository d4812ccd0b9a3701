import HoldfastBase
import HoldfastTestWire
import HoldfastWire
import Testing

/// Errors on the wire: what one end says is what the other hears, and no error ends a connection.
@Suite struct ErrorTests {
    static func carried(_ error: RPCError) throws -> RPCError {
        let head = try ResponseHead(decoding: error.head.encoded())
        return try #require(RPCError(head))
    }

    @Test(arguments: RPCCode.allCases.filter { $0 != .ok }) func codesTravel(_ code: RPCCode) throws
    {
        let error = RPCError(code, "message")
        #expect(try Self.carried(error) == error)
    }

    @Test func everythingTravels() throws {
        let error = RPCError(
            .unavailable, "the message", reason: "REASON", metadata: ["a": "1", "b": ""],
            violations: [.init(field: "f", description: "d"), .init(field: "", description: "")],
            retryAfter: .milliseconds(1500), isNotProcessed: true)
        #expect(try Self.carried(error) == error)
    }

    @Test(arguments: [
        (Duration.seconds(-3), Duration.milliseconds(-1)), (.zero, .milliseconds(1)),
        (.nanoseconds(1), .milliseconds(1)),
        (.seconds(Int64.max), .milliseconds(1_000_000_000_000_000)),
    ])
    func delaysAreKeptInMilliseconds(_ said: Duration, _ heard: Duration) throws {
        let error = RPCError(.resourceExhausted, "", retryAfter: said)
        #expect(try Self.carried(error).retryAfter == heard)
    }

    @Test func aCodeOfLaterVersionsIsUnknown() {
        #expect(RPCError(ResponseHead(code: 99))?.code == .unknown)
        #expect(RPCError(ResponseHead(code: 0)) == nil)
    }

    @Test(arguments: [Int64.min, -1, 1, .max]) func delaysOfAPeerDoNotTrap(_ delay: Int64) {
        let error = RPCError(ResponseHead(code: 14, retryAfterMs: delay))
        #expect(error?.retryClass == (delay < 0 ? .never : .afterDelay))
        #expect(Interval(error?.retryAfter ?? .zero) != .zero)
    }

    @Test func aBrokenDetailCostsOnlyItself() {
        let info = Detail(typeUrl: "type.googleapis.com/google.rpc.ErrorInfo", value: [0xFF])
        let bad = Detail(
            typeUrl: "type.googleapis.com/google.rpc.BadRequest",
            value: BadRequest(fieldViolations: [FieldViolation(field: "x")]).encoded())
        let other = Detail(typeUrl: "type.googleapis.com/elsewhere.Other", value: [1])
        let error = RPCError(ResponseHead(code: 3, details: [info, other, bad]))
        #expect(error?.violations == [.init(field: "x", description: "")])
        #expect(error?.reason == "")
    }

    // MARK: What a handler may say

    /// The client ends a connection over a HEAD that is too large or cannot be decoded: no error of
    /// one call may do that to the others.
    @Test(arguments: [
        RPCError(.internal, String(repeating: "x", count: 100_000)),
        RPCError(.internal, String(repeating: "👩‍👩‍👧‍👦", count: 5000)),
        // One character of forty thousand bytes.
        RPCError(.internal, "e" + String(repeating: "\u{301}", count: 20_000)),
        RPCError(.internal, "a\0b", reason: "R\0", metadata: ["k\0": "v\0"]),
        RPCError(
            .invalidArgument, "m", reason: "R",
            violations: (0..<2000).map { .init(field: "f\($0)\0", description: "d\0") }),
        RPCError(
            .internal, "m", reason: String(repeating: "R", count: 20_000),
            metadata: Dictionary(uniqueKeysWithValues: (0..<2000).map { ("k\($0)", "v") })),
    ])
    func noErrorBreaksTheConnection(_ error: RPCError) {
        serverStory { server in
            server.receive(.request(1))
            server.fail(1, error)
            let frames = server.sent()
            #expect(frames.first?.error?.code == error.code)
            clientStory { client in
                client.begin()
                client.receive(bytes: frames.flatMap(\.bytes))
                #expect(client.said() == ["response 1 \(error.code.name)"])
                #expect(client.closeReason == nil)
            }
        }
    }

    @Test func aMessageIsCutAtACharacter() throws {
        let long = String(repeating: "ö", count: 2000)
        let heard = try Self.carried(RPCError(.internal, long)).message
        #expect(heard.utf8.count <= 1024)
        #expect(heard.hasPrefix(String(repeating: "ö", count: 400)))
        #expect(heard.hasSuffix("…"))
    }
}

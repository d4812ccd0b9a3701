import HoldfastBase
import HoldfastTestWire
import HoldfastWire
import Testing

/// The bytes on the wire, written down and decoded by hand. They change only with the protocol: a
/// client of last year must still be understood.
@Suite struct GoldenFrames {
    /// "00 01" as bytes.
    static func hex(_ text: String) -> [UInt8] {
        text.split { $0 == " " || $0 == "\n" }.compactMap { UInt8($0, radix: 16) }
    }

    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }

    static func client() -> ClientStory {
        ClientStory(Limits(), firstStream: 1, .whole)
    }

    static func server() -> ServerStory {
        ServerStory(Limits(), .whole)
    }

    // MARK: From the client

    static let clientHello = hex(
        """
        00 00 00 14  01 00 00 00  00 00 00 00
        08 01  10 01  1a 06 63 6c 69 65 6e 74
        38 80 80 04  40 80 80 40
        """)
    // LENGTH 20, HELLO, no flags, no HEAD, stream 0
    // 1 min_minor 1 | 2 max_minor 1 | 3 agent "client"
    // 7 max_request_bytes 0x80 0x80 0x04 = 65536 | 8 max_response_bytes 0x80 0x80 0x40 = 1048576

    static let request = hex(
        """
        00 00 00 0b  02 00 00 09  00 00 00 01
        0a 01 6d  10 a0 8d 06  28 02
        ab ab
        """)
    // LENGTH 11, REQUEST, HEAD_LEN 9, stream 1
    // 1 method "m" | 2 timeout_us 0xa0 0x8d 0x06 = 32 + 13 * 2^7 + 6 * 2^14 = 100000
    // 5 initial_credit 2 | the message: ab ab

    static let cancel = hex("00 00 00 02  05 00 00 02  00 00 00 01  08 01")
    // LENGTH 2, CANCEL, HEAD_LEN 2, stream 1 | 1 code 1 (CANCELLED)

    static let credit = hex("00 00 00 04  06 00 00 00  00 00 00 01  00 00 01 00")
    // LENGTH 4, CREDIT, stream 1 | 256 further ITEMs

    static let ping = hex("00 00 00 08  07 00 00 00  00 00 00 00  01 02 03 04 05 06 07 08")
    // LENGTH 8, PING, stream 0 | eight bytes of the sender's own

    static let pong = hex("00 00 00 08  07 01 00 00  00 00 00 00  01 02 03 04 05 06 07 08")
    // The same with flag ACK

    static let clientGoAway = hex("00 00 00 08  08 00 00 00  00 00 00 00  10 03 1a 04 64 6f 6e 65")
    // LENGTH 8, GOAWAY, stream 0 | 2 code 3 (IDLE) | 3 reason "done"

    @Test func theClientsHello() {
        #expect(Self.hex(Self.client().sent()[0].bytes) == Self.hex(Self.clientHello))
    }

    @Test func whatTheClientSays() {
        let story = Self.client()
        story.greet()
        story.begin(.parked, timeout: .milliseconds(100), credit: 2, bodyBytes: 2)
        story.machine.grant(1, items: 256)
        story.cancel(1)
        story.receive(bytes: Self.ping)
        story.machine.close(.local, code: .idle, reason: "done")
        let sent = story.sent().map { Self.hex($0.bytes) }
        let expected = [Self.pong, Self.request, Self.credit, Self.cancel, Self.clientGoAway]
        #expect(sent == expected.map { Self.hex($0) })
    }

    @Test func theServerUnderstandsIt() {
        let story = Self.server()
        _ = story.sent()
        story.receive(bytes: Self.clientHello)
        #expect(story.agent == "client")
        // The method is "m", which the story refuses.
        story.receive(bytes: Self.request)
        #expect(story.said() == ["call 1 m"])
        #expect(story.sentWords() == ["RESPONSE 1 UNIMPLEMENTED"])
        story.receive(.request(3, "parked"))
        story.receive(bytes: Self.credit + Self.cancel)
        #expect(story.said() == ["call 3 parked"], "stream 1 has ended")
        story.receive(bytes: Self.ping)
        #expect(story.sent().map(\.bytes) == [Self.pong])
        story.receive(bytes: Self.clientGoAway)
        #expect(story.closeReason == nil)
    }

    // MARK: From the server

    static let serverHello = hex(
        """
        00 00 00 33  01 00 00 00  00 00 00 00
        08 01  10 01  1a 06 73 65 72 76 65 72
        2a 02 6e 31  32 02 63 31
        38 80 80 04  40 80 80 40  48 80 02
        50 88 27  58 88 27  60 90 4e  68 c0 cf 24
        72 01 07  78 80 80 01
        """)
    // LENGTH 51, HELLO, stream 0
    // 1 min_minor 1 | 2 max_minor 1 | 3 agent "server"
    // 5 node_id "n1" | 6 cluster_id "c1"
    // 7 max_request_bytes 65536 | 8 max_response_bytes 1048576 | 9 max_concurrent_streams 256
    // 10 min_ping_interval_ms 5000 | 11 ping_timeout_ms 5000 | 12 default_timeout_ms 10000
    // 13 max_timeout_ms 600000 | 14 incarnation 07 | 15 max_parked_streams 16384

    static let response = hex("00 00 00 02  03 00 00 00  00 00 00 01  ab ab")
    // LENGTH 2, RESPONSE, no HEAD: OK, stream 1 | the message

    static let item = hex("00 00 00 01  04 00 00 00  00 00 00 03  ab")
    // LENGTH 1, ITEM, stream 3 | the message

    static let failure = hex(
        """
        00 00 00 49  03 00 00 49  00 00 00 03
        08 0e  12 04 62 75 73 79
        1a 3a  0a 28
        74 79 70 65 2e 67 6f 6f 67 6c 65 61 70 69 73 2e 63 6f 6d 2f
        67 6f 6f 67 6c 65 2e 72 70 63 2e 45 72 72 6f 72 49 6e 66 6f
        12 0e  0a 02 4e 4f  12 08 68 6f 6c 64 66 61 73 74
        20 f4 03  28 01
        """)
    // LENGTH 73, RESPONSE, HEAD only, stream 3
    // 1 code 14 (UNAVAILABLE) | 2 message "busy"
    // 3 detail: 1 "type.googleapis.com/google.rpc.ErrorInfo", 2: 1 reason "NO", 2 domain "holdfast"
    // 4 retry_after_ms sint64 0xf4 0x03 = 500 = zigzag of 250 | 5 not_processed

    static let goAway = hex(
        "00 00 00 0c  08 00 00 00  00 00 00 00  08 ff ff ff ff 0f  10 01  1a 02 62 79")
    // LENGTH 12, GOAWAY, stream 0 | 1 last_stream_id 2^32 - 1 | 2 code 1 (DRAINING) | 3 reason "by"

    @Test func theServersHello() {
        #expect(Self.hex(Self.server().sent()[0].bytes) == Self.hex(Self.serverHello))
    }

    @Test func whatTheServerSays() {
        let story = Self.server()
        story.greet()
        story.receive(.request(1), .request(3, "parked"))
        story.respond(1, bodyBytes: 2)
        _ = story.sendItem(3)
        story.fail(
            3,
            RPCError(
                .unavailable, "busy", reason: "NO", retryAfter: .milliseconds(250),
                isNotProcessed: true))
        story.machine.beginDrain(reason: "by", grace: .seconds(1), now: story.now)
        let sent = story.sent().dropLast().map { Self.hex($0.bytes) }
        let expected = [Self.response, Self.item, Self.failure, Self.goAway]
        #expect(sent == expected.map { Self.hex($0) })
    }

    @Test func theClientUnderstandsIt() {
        let story = Self.client()
        _ = story.sent()
        story.begin()
        story.begin(.parked)
        _ = story.sent()
        story.receive(bytes: Self.serverHello)
        story.receive(bytes: Self.item + Self.response + Self.failure + Self.goAway)
        #expect(
            story.said() == [
                "greeted server", "item 3 [1]", "response 1 OK", "response 3 UNAVAILABLE",
                "goAway 4294967295 GO_AWAY_CODE_DRAINING",
            ])
        #expect(story.requestBytesMax == 65_536)
    }
}

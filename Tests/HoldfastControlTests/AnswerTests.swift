import HoldfastBase
import HoldfastControl
import HoldfastWire
import Testing

@Suite struct AnswerTests {
    private let narrow = Answer.Surface(columns: 80, paint: Paint(isColored: false))

    private var info: GetServerInfoResponse {
        GetServerInfoResponse(
            version: "1.2.3", nodeId: "node\u{1B}[2J", clusterId: "c", incarnation: [1, 2],
            startedAtUnixMs: 1_795_195_727_972, uptimeMs: 61_000, state: .serving, connections: 2,
            activeStreams: 1, callsTotal: 12_345, loops: 1, certificateIdentity: "localhost",
            certificateNotAfterUnixMs: 1_795_195_727_972 + 86_400_000, logLevel: "info",
            residentBytes: 20_602_880, callerIdentity: "holdfast://dev/admin", processId: 7)
    }

    @Test func statusIsReadable() {
        let answer = StatusAnswer.make(info, health: .serving, endpoint: "h:1")
        let text = answer.text(.table, narrow)
        #expect(text.hasPrefix("server       h:1, version 1.2.3\nstate        serving\n"))
        for part in [
            "up           1m01s, since 2026-11-20 17:28:47Z", "memory       19MiB",
            "calls        12 345 since", "2026-11-21 17:28:47Z, 23h58m left",
            "policy       none", "node         node\\u{1b}[2J",
        ] { #expect(text.contains(part), "\(part)\n\(text)") }
        let json = answer.text(.json, narrow)
        #expect(json.contains(#""calls_total":12345,"resident_bytes":20602880"#))
        #expect(json.contains(#""incarnation":"0102""#) && json.contains(#""policy_sha256":null"#))
        #expect(json.filter { $0 == "\n" }.count == 1)
    }

    @Test func anExpiredCertificateIsSaid() {
        var expired = info
        expired.certificateNotAfterUnixMs = expired.startedAtUnixMs
        let answer = StatusAnswer.make(expired, health: .notServing, endpoint: "h:1")
        #expect(answer.text(.table, narrow).contains("2026-11-20 17:28:47Z, expired"))
    }

    @Test func connectionsFitEightyColumns() {
        let connection = ConnectionInfo(
            id: 123_456, peer: "[2001:db8:1234:5678:9abc:def0:1234:5678]:54321",
            identity: "holdfast://shop/orders/some/long/name", agent: "holdfast-swift/10.20.30",
            ageMs: 446_400_000, idleMs: 1, activeStreams: 256, parkedStreams: 16_384,
            callsTotal: 123_456_789, bytesIn: 1 << 40, bytesOut: 1 << 33, bytesQueued: 1 << 20,
            state: "draining")
        let answer = ConnectionsAnswer.make([connection])
        let text = answer.text(.table, narrow)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
        #expect(text.contains("…"))
        let all = answer.text(.table, .init(columns: nil, paint: Paint(isColored: false)))
        let whole = ["5d04h", "1.0TiB", "8.0GiB", "holdfast-swift/10.20.30", "16384"]
        for part in whole + [connection.peer] {
            #expect(all.contains(part), "\(part)")
        }
        #expect(answer.text(.json, narrow).contains(#""bytes_in":1099511627776"#))
    }

    @Test(arguments: [1, 3]) func aLockFitsEightyColumns(holders: Int) {
        let holder = LockHolder(
            grant: [UInt8](repeating: 0xAB, count: 16), mode: .shared, fence: .max,
            holder: String(repeating: "h", count: 128),
            metadata: [UInt8](repeating: 0x6D, count: 1024), remaining: .remainingMs(86_399_000),
            strength: 3)
        let lock = LockInfo(
            name: "orders/42", holders: Array(repeating: holder, count: holders), fence: .max)
        let answer = LockAnswer.make(GetLockResponse(lock: lock, agreed: true))
        let text = answer.text(.table, narrow)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
        let grant = String(repeating: "ab", count: 16)
        #expect(text.contains("grant    \(grant)\n") == (holders == 1), "\(text)")
        let all = answer.text(.table, .init(columns: nil, paint: Paint(isColored: false)))
        #expect(all.contains(grant))
    }

    @Test func streamsSayWhenThereAreMore() {
        let stream = StreamInfo(
            connectionId: 1, streamId: 3, method: "holdfast.v1.HealthService/Watch", ageMs: 5,
            parked: true, cancelled: true)
        let answer = StreamsAnswer.make(.init(streams: [stream], truncated: true))
        let text = answer.text(.table, narrow)
        #expect(text.contains("parked  cancelled  5ms     -\n"))
        #expect(text.contains("--connection ID"))
        #expect(answer.text(.json, narrow).contains(#""remaining_ms":null}],"truncated":true}"#))
    }

    @Test func limitsAreShownAsTheyAreConfigured() {
        let answer = LimitsAnswer.make([
            Limit(name: "limits.request_bytes", value: 65_536, unit: "bytes", effect: "Large."),
            Limit(name: "limits.ping_timeout", value: 90_000, unit: "ms", effect: "Late."),
            Limit(name: "limits.connections", value: 20_000, unit: "count", effect: "Many."),
        ])
        let text = answer.text(.table, narrow)
        for part in ["request_bytes  64KiB  Large.", "90s  Late.", "20000  Many."] {
            #expect(text.contains(part), "\(text)")
        }
        #expect(answer.text(.json, narrow).contains(#""value":90000,"unit":"ms""#))
    }

    @Test func whatWasNotReloadedIsAFailure() {
        #expect(ChangeAnswer.exitStatus(.init(outcomes: ["policy: unchanged"])) == .ok)
        #expect(ChangeAnswer.exitStatus(.init(outcomes: ["policy: kept: bad line 3"])) == .failure)
    }

    @Test func healthDecidesTheExitStatus() {
        #expect(HealthAnswer.exitStatus(.serving) == .ok)
        #expect(HealthAnswer.exitStatus(.notServing) == .unavailable)
        let watched = HealthAnswer.make(service: "", .notServing, time: "now")
        #expect(watched.text(.table, narrow) == "now  not serving\n")
        #expect(
            watched.text(.json, narrow)
                == #"{"time":"now","service":"","status":"not_serving"}"# + "\n")
    }
}

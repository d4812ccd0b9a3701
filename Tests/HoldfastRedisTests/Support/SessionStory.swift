import HoldfastBase
import HoldfastNode
import HoldfastRedis
import Testing

/// One session, told step by step: its node is in the hands of the test.
final class SessionStory {
    static let scripts = ScriptSet([
        RedisScript(name: "one", source: "return 1"),
        RedisScript(name: "two", source: "return 2"),
    ])
    static let start = Instant(nanoseconds: 1_000_000_000_000)

    var session: NodeSession
    var now = SessionStory.start
    var feeding: Feeding
    private(set) var events: [NodeSessionEvent] = []
    private var call = ScriptCall()

    init(feeding: Feeding = .whole, _ change: (inout NodeSessionSettings) -> Void = { _ in }) {
        self.feeding = feeding
        var settings = NodeSessionSettings()
        settings.gateKey = Array("gate".utf8)
        change(&settings)
        session = NodeSession(settings: settings, scripts: Self.scripts, seed: 7)
    }

    /// A session that is ready.
    static func ready(
        feeding: Feeding = .whole, _ change: (inout NodeSessionSettings) -> Void = { _ in }
    ) -> SessionStory {
        let story = SessionStory(feeding: feeding, change)
        story.session.start(now: story.now)
        story.connectAndGreet()
        return story
    }

    /// From `connecting` to `ready`; the events up to there are forgotten.
    func connectAndGreet() {
        expect(session.takeDemand(), is: .connect)
        session.connected(credentials: nil, now: now)
        answerHandshake()
        expect(session.isReady, is: true)
        _ = take()
    }

    func answerHandshake() {
        for command in sent() { reply(Self.greeting(command)) }
    }

    /// What a good node answers in the handshake.
    static func greeting(_ words: [String]) -> RedisValue {
        switch words.first {
        case "AUTH", "CLIENT", "SELECT": return .status(Array("OK".utf8))
        case "SCRIPT":
            return .text(scripts.scripts.first { $0.source == words[2] }?.digest ?? "")
        case "INFO":
            switch words[1] {
            case "server": return .text("# Server\r\nredis_version:7.0.15\r\nrun_id:abc\r\n")
            case "replication":
                return .text("# Replication\r\nrole:master\r\nmaster_replid:feed\r\n")
            case "memory": return .text("maxmemory:0\r\nmaxmemory_policy:noeviction\r\n")
            default: return .text("# Persistence\r\nloading:0\r\naof_enabled:1\r\n")
            }
        case "CONFIG":
            let values = [
                "maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "always",
            ]
            return .array([.text(words[2]), .text(values[words[2]] ?? "")])
        case "TIME": return .array([.text("1700000000"), .text("42")])
        case "GET": return .text("gate bytes")
        default: return .error(Array("ERR unknown command".utf8))
        }
    }

    /// Takes what the session wants to send, all of it.
    func sent() -> [[String]] {
        guard session.hasOutput else { return [] }
        let bytes = unsafe Array(session.output)
        session.written(bytes.count)
        return commands(in: bytes)
    }

    func reply(_ values: RedisValue...) {
        receive(values.flatMap(\.encoded))
    }

    func receive(_ bytes: [UInt8]) {
        for piece in feeding.pieces(bytes) {
            unsafe session.received(piece.span.bytes, now: now)
        }
    }

    @discardableResult
    func submit(_ tag: UInt64, script: Int = 0, within milliseconds: Int64 = 1000) -> SubmitOutcome
    {
        call.begin(script, of: Self.scripts, keys: 1, arguments: 1)
        call.append("key\(tag)")
        call.append(tag)
        return session.submit(
            call, tag: tag, deadline: now + .milliseconds(milliseconds), now: now)
    }

    func advance(_ milliseconds: Int64) {
        now = now + .milliseconds(milliseconds)
        session.timeReached(now)
    }

    /// What has been told since the last time.
    func take() -> [NodeSessionEvent] {
        var batch: [NodeSessionEvent] = []
        session.takeEvents(into: &batch)
        events += batch
        return batch
    }
}

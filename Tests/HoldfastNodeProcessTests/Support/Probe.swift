import HoldfastBase
import HoldfastNode
import HoldfastRedis
import HoldfastRuntime
import HoldfastServer
import Synchronization

/// One connection to a node on a loop of its own, to be asked from a test.
///
/// `@unchecked Sendable`: the connection and the call are touched on the loop only; what is shared
/// is behind the lock.
final class Probe: RedisConnectionDelegate, @unchecked Sendable {
    enum Script: Int {
        case echo, write, delete, spin
    }

    static let scripts = ScriptSet([
        RedisScript(name: "echo", source: "return ARGV[1]"),
        RedisScript(
            name: "write",
            source: "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])"),
        RedisScript(name: "delete", source: "return redis.call('DEL', KEYS[1])"),
        RedisScript(name: "spin", source: "while true do end"),
    ])

    private struct Shared {
        var events: [NodeSessionEvent] = []
        var results: [UInt64: Result<RedisValue, RedisFailure>] = [:]
        var tag: UInt64 = 0
    }

    let loop: EventLoop
    private var connection: RedisConnection?
    private var call = ScriptCall()
    private let shared = Mutex(Shared())

    init(
        _ endpoint: NodeEndpoint, _ change: (inout NodeSessionSettings) -> Void = { _ in }
    ) throws {
        loop = try EventLoop(name: "probe")
        var settings = NodeSessionSettings()
        settings.gateKey = Array("gate".utf8)
        settings.pauseMax = .milliseconds(200)
        change(&settings)
        connection = RedisConnection(
            loop: loop, endpoint: endpoint, settings: settings, scripts: Self.scripts, seed: 1,
            delegate: self)
        try loop.start()
        loop.post { [self] _ in connection?.begin() }
    }

    deinit { loop.stop() }

    convenience init(
        port: Int, _ change: (inout NodeSessionSettings) -> Void = { _ in }
    ) throws {
        try self.init(
            NodeEndpoint(
                address: NodeAddress(
                    place: .host("127.0.0.1", port: UInt16(port)), usesTLS: false)), change)
    }

    func end() {
        loop.post { [self] _ in connection?.end() }
    }

    func redisConnection(_ connection: RedisConnection, events: [NodeSessionEvent]) {
        shared.withLock { shared in
            for event in events {
                switch event {
                case .value(let tag, let value): shared.results[tag] = .success(value)
                case .failure(let tag, let failure): shared.results[tag] = .failure(failure)
                case .ready, .facts, .factsRefused, .closed: shared.events.append(event)
                }
            }
        }
    }

    /// Sends a call and does not wait.
    func begin(
        _ script: Script, key: String = "key", _ argument: String = "", within limit: Int64 = 20_000
    ) -> UInt64 {
        let tag = shared.withLock { shared in
            shared.tag += 1
            return shared.tag
        }
        loop.post { [self] loop in
            call.begin(script.rawValue, of: Self.scripts, keys: 1, arguments: 1)
            call.append(key)
            call.append(argument)
            let outcome = connection?.submit(
                call, tag: tag, deadline: loop.now + .milliseconds(limit))
            if outcome != .accepted {
                shared.withLock { $0.results[tag] = .failure(.notSent) }
            }
        }
        return tag
    }

    func result(of tag: UInt64) async throws -> Result<RedisValue, RedisFailure> {
        try await eventually("an answer") { shared.withLock { $0.results[tag] } }
    }

    func run(
        _ script: Script, key: String = "key", _ argument: String = "", within limit: Int64 = 20_000
    ) async throws -> Result<RedisValue, RedisFailure> {
        try await result(of: begin(script, key: key, argument, within: limit))
    }

    /// The next event that is looked for; those before it are forgotten.
    func next<Found>(_ what: String, _ find: (NodeSessionEvent) -> Found?) async throws -> Found {
        try await eventually(what) {
            shared.withLock { shared in
                for (index, event) in shared.events.enumerated() {
                    guard let found = find(event) else { continue }
                    shared.events.removeFirst(index + 1)
                    return found
                }
                return nil
            }
        }
    }

    func ready() async throws -> NodeFacts {
        try await next("ready") { event in
            if case .ready(let facts) = event { facts } else { nil }
        }
    }

    func closed() async throws -> NodeCloseReason {
        try await next("closed") { event in
            if case .closed(let reason) = event { reason } else { nil }
        }
    }

    /// Waits for the end of a connection for this reason; others may come before.
    func closed(_ reason: NodeCloseReason) async throws {
        let _: Bool = try await next("closed: \(reason.explanation)") { event in
            event == .closed(reason) ? true : nil
        }
    }

    func refreshed() async throws -> NodeFacts {
        loop.post { [self] _ in _ = connection?.refreshFacts() }
        return try await next("facts") { event in
            if case .facts(let facts) = event { facts } else { nil }
        }
    }

    func counters() async -> (repeated: UInt64, connections: UInt64) {
        await withCheckedContinuation { continuation in
            loop.post { [self] _ in
                continuation.resume(
                    returning: (connection?.repeated ?? 0, connection?.connections ?? 0))
            }
        }
    }
}

extension Result<RedisValue, RedisFailure> {
    var text: String? {
        guard case .success(.bulk(let bytes)) = self else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    var failure: RedisFailure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}

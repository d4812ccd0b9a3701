package import HoldfastBase
package import HoldfastRuntime
internal import HoldfastSystem
internal import Synchronization

/// The loops of one server, started and stopped together.
package final class ServerEngine: Sendable {
    package let core: ServerCore
    package let loops: [EventLoop]
    /// For each loop one that computes the TLS handshakes of its connections.
    private let handshakeLoops: [EventLoop]
    private let listeners: [SharedListener]
    private let state = Mutex(State())

    private struct State {
        /// Written on start; each is used on its own loop only.
        var shards: [ShardHandle] = []
        var stage = Stage.made
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private enum Stage {
        case made
        case running
        case stopped
    }

    /// Loops for an engine, to be known before it by those who work on them.
    package static func makeLoops(_ count: Int) throws -> [EventLoop] {
        try (0..<max(1, count)).map { try EventLoop(name: "hf-loop-\($0)") }
    }

    package convenience init(core: ServerCore, loops count: Int, listen: [String]) throws {
        try self.init(core: core, on: Self.makeLoops(count), listen: listen)
    }

    /// Opens the listening sockets; `listen` are "host:port" each.
    package init(core: ServerCore, on loops: [EventLoop], listen: [String]) throws {
        self.core = core
        self.loops = loops
        listeners = try listen.flatMap { text in
            let endpoint = try Endpoint(text)
            return try SocketAddress.resolve(
                host: endpoint.host, port: endpoint.port, passive: true
            ).map { try SharedListener(at: $0) }
        }
        handshakeLoops = try loops.indices.map { try EventLoop(name: "hf-tls-\($0)") }
    }

    package var addresses: [String] { listeners.map(\.address.description) }

    /// Starts the threads and begins to accept.
    package func start(pinnedTo processor: Int? = nil) throws {
        let handles = zip(loops, handshakeLoops).map { loop, handshakeLoop in
            ShardHandle(
                shard: ServerShard(
                    core: core, loop: loop, handshakeLoop: handshakeLoop,
                    loopCount: loops.count),
                loop: loop)
        }
        let isFirst = state.withLock { state in
            guard case .made = state.stage else { return false }
            state.stage = .running
            state.shards = handles
            return true
        }
        guard isFirst else { return }
        for loop in handshakeLoops {
            try loop.start(pinnedTo: processor, isYielding: true)
        }
        for handle in handles {
            try handle.loop.start(pinnedTo: processor)
            let listeners = listeners
            handle.loop.post { _ in
                for listener in listeners { handle.shard.listen(on: listener) }
            }
        }
    }

    /// Asks every loop something about its shard.
    package func ask<Answer: Sendable>(
        _ question: @escaping @Sendable (ServerShard) -> Answer
    ) async -> [Answer] {
        var answers: [Answer] = []
        for handle in state.withLock({ $0.shards }) {
            let answer: Answer? = await withCheckedContinuation { continuation in
                handle.loop.post(
                    Question(
                        ask: { question(handle.shard) },
                        answer: { continuation.resume(returning: $0) }))
            }
            if let answer { answers.append(answer) }
        }
        return answers
    }

    /// What all loops have counted.
    package func statistics() async -> ServerStatistics {
        var sum = ServerStatistics(methods: core.entries.count)
        for part in await ask({ $0.snapshot() }) { sum.add(part) }
        return sum
    }

    package func connections() async -> [ConnectionDescription] {
        await ask { $0.orderedSessions.map { $0.describe() } }.flatMap { $0 }
            .sorted { $0.peer.connection < $1.peer.connection }
    }

    /// Open calls, at most `max` of each loop: one that told of hundreds of thousands would serve
    /// nobody meanwhile.
    ///
    /// - Parameter connection: whose; `nil` for all.
    package func streams(of connection: UInt64? = nil, max: Int) async -> [StreamDescription] {
        await ask { shard in
            var found: [StreamDescription] = []
            for session in shard.orderedSessions where found.count < max {
                guard connection == nil || session.peer.connection == connection else { continue }
                found += session.describeStreams(max: max - found.count)
            }
            return found
        }.flatMap { $0 }
    }

    /// Tells every connection to go elsewhere; returns how many were told.
    package func drain(reason: String, grace: Interval) async -> Int {
        await ask { shard in
            let count = shard.orderedSessions.count
            shard.drain(reason: reason, grace: grace)
            return count
        }.reduce(0, +)
    }

    /// Drains, waits until the last connection has gone or `grace` is over, and stops.
    package func drainAndStop(reason: String, grace: Interval) async {
        _ = await drain(reason: reason, grace: grace)
        let end = Clocks.now() + grace + .seconds(2)
        while Clocks.now() < end {
            if await ask({ $0.orderedSessions.count }).allSatisfy({ $0 == 0 }) { break }
            try? await Task.sleep(for: .milliseconds(20))
        }
        stop()
    }

    /// Stops at once.
    package func stop() {
        for listener in listeners { listener.shut() }
        for loop in loops + handshakeLoops { loop.stop() }
        let waiters = state.withLock { state in
            state.stage = .stopped
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    package func waitUntilStopped() async {
        await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                if case .stopped = state.stage { return true }
                state.waiters.append(continuation)
                return false
            }
            if isStopped { continuation.resume() }
        }
    }
}

/// A shard that may be carried to its loop.
///
/// `@unchecked Sendable`: the shard is touched only by closures that run on its loop.
private struct ShardHandle: @unchecked Sendable {
    let shard: ServerShard
    let loop: EventLoop
}

/// A question that a loop answers, or that is answered `nil` when the loop has stopped.
private final class Question<Answer: Sendable>: LoopWork {
    private let ask: @Sendable () -> Answer
    private let answer: @Sendable (Answer?) -> Void

    init(ask: @escaping @Sendable () -> Answer, answer: @escaping @Sendable (Answer?) -> Void) {
        self.ask = ask
        self.answer = answer
    }

    func run(on loop: EventLoop) { answer(ask()) }
    func dropped() { answer(nil) }
}

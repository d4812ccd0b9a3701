import HoldfastBase
import Testing

@testable import HoldfastRPC
@testable import HoldfastRuntime
@testable import HoldfastWire

/// What a session, a channel or a loop leaves behind when it ends.
@Suite(.timeLimit(.minutes(5))) struct SessionEndTests {
    /// A session may end while it answers: the write that makes room finds the peer gone.
    @Test func aSessionThatEndsOverAnAnswerBeginsNoFurtherCall() async throws {
        let log = HandlerLog()
        let server = try TestServer { registry in
            registry.plain(path: EchoService.Methods.echo.path) { call in
                call.session.end(reason: "test", detail: "")
                call.fail(RPCError(.internal, "too late"))
            }
            registry.unary(HealthService.Methods.check) { _, _ in
                log.note("began")
                return HealthServiceCheckResponse()
            }
        }
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        // Both wait for the connection, and leave in one record.
        let options = CallOptions(retries: false)
        async let first = channel.unary(
            EchoService.Methods.echo, EchoRequest(), options: options)
        async let second = channel.unary(
            HealthService.Methods.check, HealthServiceCheckRequest(), options: options)
        _ = try? await first
        _ = try? await second
        #expect(log.count("began") == 0)
    }

    /// What is wrong inside TLS after the handshake is no end by the peer's own wish.
    @Test func aFloodOfKeyUpdatesEndsUnderItsName() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let caller = try await RawCaller(server)
        try await caller.send(RawCaller.hello())
        caller.updateKeys(times: 200)
        try await caller.read { _ in false }
        var ends: [String: UInt64] = [:]
        while ends.isEmpty {
            try await Task.sleep(for: .milliseconds(5))
            ends = await server.engine.statistics().connectionEnds
        }
        #expect(ends == ["key_update_flood": 1])
    }

    @Test func aTaskOnTheThreadOfAClosedChannelEnds() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let channel = try server.channel()
        let log = HandlerLog()
        _ = Task(executorPreference: channel.executor) {
            _ = try? await channel.unary(
                EchoService.Methods.echo, EchoRequest(), options: CallOptions())
            channel.close()
            try? await Task.sleep(for: .milliseconds(20))
            _ = try? await channel.unary(
                EchoService.Methods.echo, EchoRequest(), options: CallOptions())
            log.note("ended")
        }
        #expect(await log.wait(for: "ended"))
    }

    /// A handler that takes its time to end is not abandoned in the middle when the server stops.
    @Test func aHandlerOutlivesItsLoop() async throws {
        let log = HandlerLog()
        let server = try TestServer { registry in
            registry.unary(EchoService.Methods.echo) { _, _ in
                log.note("began")
                // Not cancellable, like a transaction that must be closed.
                await Task.detached { try? await Task.sleep(for: .milliseconds(200)) }.value
                log.note("ended")
                return EchoResponse()
            }
        }
        let channel = try server.channel()
        defer { channel.close() }
        let call = Task {
            try await channel.unary(
                EchoService.Methods.echo, EchoRequest(), options: CallOptions(retries: false))
        }
        #expect(await log.wait(for: "began"))
        server.stop()
        #expect((await call.result.failure as? RPCError)?.code == .unavailable)
        #expect(await log.wait(for: "ended"))
    }

    @Test func aServerThatLeavesAtOnceIsNotDialledWithoutAPause() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        channel.connect()
        let clock = ContinuousClock()
        let end = clock.now + .seconds(1)
        while clock.now < end {
            _ = await server.engine.ask { shard in
                for session in shard.orderedSessions where !session.isHandshaking {
                    session.drain(reason: "test", grace: .zero)
                }
            }
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(await server.engine.statistics().accepted < 20)
    }

    /// A call that does not wait would be refused in a pause before dialling again.
    @Test func theLastStreamNumberIsNoFailure() async throws {
        let server = try TestServer()
        defer { server.stop() }
        var configuration = try server.configuration()
        configuration.firstStream = .max - 10
        let channel = try RPCChannel(configuration)
        defer { channel.close() }
        for _ in 0..<50 {
            _ = try await channel.unary(
                EchoService.Methods.echo, EchoRequest(),
                options: CallOptions(timeout: Patience.time, waitForReady: false, retries: false))
        }
    }

    /// What a loop drops when it ends may ask the loop for what has gone already.
    @Test func callsThatGoWithTheirLoopDoNoHarm() async throws {
        let holder = try TestHolder()
        defer { holder.own.stop() }
        let server = try TestServer { registry in
            registry.held(EchoService.Methods.echo, observer: holder) { call in
                guard let held = call.hold() else { return }
                _ = call.loop.register(Keeper(held, holder.log))
                holder.log.note("kept")
            }
        }
        let channel = try server.channel()
        defer { channel.close() }
        let call = Task {
            try await channel.unary(
                EchoService.Methods.echo, EchoRequest(), options: CallOptions(retries: false))
        }
        #expect(await holder.log.wait(for: "kept"))
        server.stop()
        #expect((await call.result.failure as? RPCError)?.code == .unavailable)
        #expect(await holder.log.wait(for: "gone"))
        try await Task.sleep(for: .milliseconds(100))
    }
}

/// Keeps a call as long as it lives itself.
private final class Keeper: LoopSource {
    private let call: HeldCall
    private let log: HandlerLog

    init(_ call: consuming HeldCall, _ log: HandlerLog) {
        self.call = call
        self.log = log
    }

    deinit { log.note("gone") }
}

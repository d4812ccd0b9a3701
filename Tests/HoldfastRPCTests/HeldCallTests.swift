import HoldfastBase
import Testing

@testable import HoldfastRPC
@testable import HoldfastRuntime
@testable import HoldfastWire

/// Calls that are answered later, without a task.
@Suite(.timeLimit(.minutes(5))) struct HeldCallTests {
    static func server(
        _ holder: TestHolder, limits: Limits = Limits(), loops: Int = 1
    ) throws -> TestServer {
        try TestServer(limits: limits, loops: loops) { holder.register(in: &$0) }
    }

    private static func call(
        _ channel: RPCChannel, _ payload: [UInt8] = [1], delay: UInt32 = 0,
        timeout: Duration? = Patience.time
    ) async throws(RPCError) -> [UInt8] {
        try await channel.unary(
            EchoService.Methods.echo, EchoRequest(payload: payload, delayMs: delay),
            options: CallOptions(timeout: timeout, retries: false)
        ).payload
    }

    /// On the connection's loop (`true`), where an answer is written at once, and on another.
    @Test(arguments: [true, false]) func aCallIsAnsweredAtOnce(isNear: Bool) async throws {
        let far = try TestHolder { _, call, payload in
            call.respond(EchoResponse(payload: payload))
        }
        defer { far.own.stop() }
        let server = try TestServer(loops: 2) { registry in
            if !isNear { return far.register(in: &registry) }
            registry.held(EchoService.Methods.echo, observer: far) { call in
                guard let request = call.request(as: EchoRequest.self) else { return }
                #expect(call.requestID != nil && call.identity != nil && call.connection > 0)
                call.hold()?.respond(EchoResponse(payload: request.payload))
            }
        }
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        for number in 0..<200 {
            #expect(try await Self.call(channel, [UInt8(number)]) == [UInt8(number)])
        }
        let statistics = await server.engine.statistics()
        #expect(statistics.calls[0] == 200)
        #expect(statistics.activeStreams == 0)
        #expect(statistics.answersDropped == 0)
    }

    @Test func callsAreAnsweredInAnyOrder() async throws {
        let holder = try TestHolder()
        defer { holder.own.stop() }
        let server = try Self.server(holder)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                group.addTask {
                    try await Self.call(channel, [UInt8(number)]) == [UInt8(number)]
                }
            }
            #expect(await holder.log.wait(for: "arrived", count: 100))
            holder.answerAll { .random(in: 0..<$0) }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test func theHolderHearsOfACancelAndAnswers() async throws {
        let holder = try TestHolder()
        defer { holder.own.stop() }
        let server = try Self.server(holder)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        let task = Task { try await Self.call(channel) }
        #expect(await holder.log.wait(for: "arrived"))
        task.cancel()
        #expect((await task.result.failure as? RPCError)?.code == .cancelled)
        #expect(await holder.log.wait(for: "cancelled"))
        #expect(try await Self.count(server, .cancelled) == 1)
        #expect(await server.engine.statistics().activeStreams == 0)
    }

    /// The answer that crosses a CANCEL is the one that goes out, and the only one.
    @Test func anAnswerAfterACancelStands() async throws {
        let holder = try TestHolder(answersEnds: false)
        defer { holder.own.stop() }
        let server = try Self.server(holder)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        let task = Task { try await Self.call(channel) }
        #expect(await holder.log.wait(for: "arrived"))
        task.cancel()
        #expect(await holder.log.wait(for: "cancelled"))
        holder.answerAll()
        #expect(try await Self.count(server, .ok) == 1)
        _ = await task.result
        // The stream is closed: the connection goes on.
        let next = Task { try await Self.call(channel) }
        #expect(await holder.log.wait(for: "arrived", count: 2))
        holder.answerAll()
        #expect(try await next.value == [1])
    }

    @Test func aPassedDeadlineIsAnsweredWithoutTheHolder() async throws {
        let holder = try TestHolder(answersEnds: false)
        defer { holder.own.stop() }
        // The server's own: a client that gives up cancels, which comes first.
        var limits = Limits()
        limits.callTimeoutMax = .milliseconds(80)
        let server = try Self.server(holder, limits: limits)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        let task = Task { try await Self.call(channel) }
        #expect((await task.result.failure as? RPCError)?.code == .deadlineExceeded)
        #expect(await holder.log.wait(for: "deadlinePassed"))
        // The slot is free only when the work has ended.
        #expect(await server.engine.statistics().activeStreams == 1)
        holder.answerAll()
        #expect(try await Self.count(server, .deadlineExceeded) == 1)
        let statistics = await server.engine.statistics()
        #expect(statistics.activeStreams == 0)
        #expect(statistics.answersDropped == 1)
        #expect(holder.log.count("cancelled") == 0)
    }

    @Test(arguments: [false, true])
    func aConnectionEndsWithAThousandHeldCalls(answersEnds: Bool) async throws {
        let holder = try TestHolder(answersEnds: answersEnds)
        defer { holder.own.stop() }
        var limits = Limits()
        limits.activeStreamsMax = 1000
        let server = try Self.server(holder, limits: limits, loops: 2)
        defer { server.stop() }
        let channel = try server.channel()
        let tasks = (0..<1000).map { _ in Task { try await Self.call(channel) } }
        #expect(await holder.log.wait(for: "arrived", count: 1000))
        channel.close()
        for task in tasks { _ = await task.result }
        #expect(await holder.log.wait(for: "disconnected", count: 1000))
        // New tenants may be where the session was: the late answers must not find them.
        let other = try server.channel()
        defer { other.close() }
        let call = Task { try await Self.call(other, [7]) }
        #expect(await holder.log.wait(for: "arrived", count: 1001))
        holder.answerAll()
        #expect(try await call.value == [7])
        #expect(await server.engine.statistics().answersDropped == 1000)
    }

    @Test func aDrainWaitsForHeldCallsAndEndsParkedOnes() async throws {
        let holder = try TestHolder()
        defer { holder.own.stop() }
        let server = try Self.server(holder)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        let parked = Task { try await Self.call(channel, delay: 1) }
        let active = Task { try await Self.call(channel) }
        #expect(await holder.log.wait(for: "arrived", count: 2))
        let levels = await server.engine.statistics()
        #expect(levels.activeStreams == 1 && levels.parkedStreams == 1)
        _ = await server.engine.drain(reason: "test", grace: .seconds(60))
        #expect((await parked.result.failure as? RPCError)?.reason == "DRAINING")
        #expect(await holder.log.wait(for: "drained"))
        holder.answerAll()
        #expect(try await active.value == [1])
    }

    @Test func theEndOfTheGraceEndsHeldCalls() async throws {
        let holder = try TestHolder()
        defer { holder.own.stop() }
        let server = try Self.server(holder)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        let active = Task { try await Self.call(channel) }
        #expect(await holder.log.wait(for: "arrived"))
        _ = await server.engine.drain(reason: "test", grace: .milliseconds(50))
        #expect((await active.result.failure as? RPCError)?.code == .unavailable)
        #expect(await holder.log.wait(for: "disconnected"))
    }

    @Test func aDroppedCallIsAnsweredInternal() async throws {
        let holder = try TestHolder()
        defer { holder.own.stop() }
        let server = try Self.server(holder)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        for _ in 0..<3 {
            let result = await Task { try await Self.call(channel, delay: 2) }.result
            #expect((result.failure as? RPCError)?.reason == "DROPPED")
        }
        let call = Task { try await Self.call(channel) }
        #expect(await holder.log.wait(for: "arrived"))
        // On another loop, with the table it was kept in.
        holder.onLoop { $0.table = HeldTable() }
        #expect((await call.result.failure as? RPCError)?.code == .internal)
    }

    /// Waits take their own slots: they leave those of the calls that end them alone.
    @Test func parkedCallsHaveTheirOwnLimit() async throws {
        let holder = try TestHolder()
        defer { holder.own.stop() }
        var limits = Limits()
        limits.activeStreamsMax = 4
        limits.parkedStreamsMax = 2
        let server = try Self.server(holder, limits: limits)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        let parked = (0..<2).map { _ in Task { try await Self.call(channel, delay: 1) } }
        #expect(await holder.log.wait(for: "arrived", count: 2))
        let third = await Task { try await Self.call(channel, delay: 1) }.result
        #expect((third.failure as? RPCError)?.reason == "PARKED_STREAMS_LIMIT")
        let active = Task { try await Self.call(channel) }
        #expect(await holder.log.wait(for: "arrived", count: 3))
        holder.answerAll()
        #expect(try await active.value == [1])
        for task in parked { #expect(try await task.value == [1]) }
    }

    /// Waits until a call of the first method was counted with `code`; says how often.
    private static func count(_ server: TestServer, _ code: RPCCode) async throws -> UInt64 {
        for _ in 0..<6000 {
            let count = await server.engine.statistics().calls[Int(code.rawValue)]
            if count > 0 { return count }
            try await Task.sleep(for: .milliseconds(10))
        }
        return 0
    }
}

import HoldfastBase
import Testing

@testable import HoldfastRPC
@testable import HoldfastRuntime
@testable import HoldfastWire

/// Server streams of held calls: elements without a task.
@Suite(.timeLimit(.minutes(5))) struct HeldStreamTests {
    private static func stream(
        _ channel: RPCChannel, payload: Int = 1, credit: Int = 2, timeout: Duration? = nil
    ) -> ResponseStream<EchoStreamResponse> {
        channel.serverStream(
            EchoService.Methods.echoStream,
            EchoStreamRequest(payload: Array(repeating: 1, count: payload)),
            options: CallOptions(timeout: timeout, initialCredit: credit))
    }

    /// Sends `count` elements at once, then finishes or keeps the stream.
    private static func holder(
        sending count: Int, finishes: Bool, answersEnds: Bool = true
    ) throws -> TestHolder {
        try TestHolder(answersEnds: answersEnds) { holder, call, payload in
            for index in 0..<UInt64(count) {
                call.send(EchoStreamResponse(payload: payload, index: index))
            }
            if finishes { call.finish() } else { holder.keep(call, payload) }
        }
    }

    private static func read(_ stream: ResponseStream<EchoStreamResponse>) async throws -> UInt64 {
        var next: UInt64 = 0
        for try await element in stream {
            #expect(element.index == next)
            next += 1
        }
        return next
    }

    private static func waitForNoStream(_ server: TestServer) async throws {
        for _ in 0..<6000 {
            if await server.engine.statistics().parkedStreams == 0 { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("a stream is still open")
    }

    @Test(arguments: [1, 100_000]) func allElementsArriveAsCreditAllows(credit: Int) async throws {
        let holder = try Self.holder(sending: 500, finishes: true)
        defer { holder.own.stop() }
        let server = try HeldCallTests.server(holder)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        #expect(try await Self.read(Self.stream(channel, payload: 100, credit: credit)) == 500)
        #expect(await server.engine.statistics().itemsSent == 500)
        try await Self.waitForNoStream(server)
    }

    @Test func elementsOfTheSameLoopWaitForRoom() async throws {
        let observer = try TestHolder()
        defer { observer.own.stop() }
        var limits = Limits()
        limits.streamQueueBytesMax = 1 << 20
        let server = try TestServer(limits: limits) { registry in
            registry.held(EchoService.Methods.echoStream, observer: observer) { call in
                guard let held = call.hold() else { return }
                let payload = [UInt8](repeating: 1, count: 4000)
                for index in 0..<UInt64(200) {
                    held.send(EchoStreamResponse(payload: payload, index: index))
                }
                held.fail(RPCError(.aborted, "the end"))
            }
        }
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        var seen = 0
        do {
            for try await _ in Self.stream(channel, credit: 1000) { seen += 1 }
        } catch {
            #expect(error.code == .aborted)
        }
        // More than one tick may queue: the rest waited, and the error behind it.
        #expect(seen == 200)
    }

    @Test func aSlowCallerLosesItsStream() async throws {
        let holder = try Self.holder(sending: 100, finishes: false, answersEnds: false)
        defer { holder.own.stop() }
        var limits = Limits()
        limits.streamQueueBytesMax = 1000
        let server = try HeldCallTests.server(holder, limits: limits)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        let result = await Task {
            try await Self.read(Self.stream(channel, payload: 100, credit: 8))
        }.result
        let error = result.failure as? RPCError
        #expect(error?.code == .resourceExhausted && error?.reason == "SLOW_CONSUMER")
        #expect(await holder.log.wait(for: "slowConsumer"))
        #expect(await server.engine.statistics().parkedStreams == 1)
        // What is sent and answered after that finds nobody.
        holder.onLoop { holder in
            guard let call = holder.table.take(holder.order[0].id) else { return }
            call.send(EchoStreamResponse())
            call.finish()
        }
        try await Self.waitForNoStream(server)
        let statistics = await server.engine.statistics()
        #expect(statistics.calls[ServerStatistics.codes + 8] == 1)
    }

    /// A holder with more than may be kept sends as fast as the caller takes, from another loop and
    /// from that of the connection.
    @Test(arguments: [false, true]) func aPacedHolderNeedsLittleRoom(isOnItsLoop: Bool) async throws
    {
        let holder = try TestHolder { holder, call, payload in
            call.tellWhenSent()
            holder.keep(call, payload)
        }
        defer { holder.own.stop() }
        var limits = Limits()
        limits.streamQueueBytesMax = 1000
        let server = try HeldCallTests.server(holder, limits: limits)
        defer { server.stop() }
        if isOnItsLoop { holder.move(to: server.engine.loops[0]) }
        holder.onLoop { $0.pace = (0..<100).map { UInt64($0) * 7..<UInt64($0 + 1) * 7 } }
        let channel = try server.channel()
        defer { channel.close() }
        var seen: UInt64 = 0
        for try await element in Self.stream(channel, payload: 100, credit: 3) {
            #expect(element.index == seen)
            seen += 1
            if seen.isMultiple(of: 50) { try await Task.sleep(for: .milliseconds(1)) }
        }
        #expect(seen == 700)
        #expect(await holder.log.wait(for: "sent", count: 100))
        try await Self.waitForNoStream(server)
    }

    /// Whoever sends is not called back meanwhile, although all of it is on one loop.
    @Test func aHolderOnTheSameLoopHearsOfTheEndAfterIt() async throws {
        let holder = try Self.holder(sending: 0, finishes: false)
        defer { holder.own.stop() }
        var limits = Limits()
        limits.streamQueueBytesMax = 1000
        let server = try HeldCallTests.server(holder, limits: limits)
        defer { server.stop() }
        holder.move(to: server.engine.loops[0])
        let channel = try server.channel()
        defer { channel.close() }
        let reader = Task { try await Self.read(Self.stream(channel)) }
        #expect(await holder.log.wait(for: "arrived"))
        holder.onLoop { holder in
            let id = holder.order[0].id
            for index in 0..<UInt64(100) {
                let payload = [UInt8](repeating: 1, count: 100)
                let isThere = holder.table.with(id) {
                    $0.send(EchoStreamResponse(payload: payload, index: index))
                }
                #expect(isThere)
            }
            #expect(holder.log.count("slowConsumer") == 0)
        }
        #expect(await holder.log.wait(for: "slowConsumer"))
        #expect((await reader.result.failure as? RPCError)?.reason == "SLOW_CONSUMER")
        try await Self.waitForNoStream(server)
    }

    @Test func anElementThatIsTooLargeEndsTheStream() async throws {
        let holder = try Self.holder(sending: 2, finishes: true)
        defer { holder.own.stop() }
        var limits = Limits()
        limits.responseBytesMax = 1000
        let server = try HeldCallTests.server(holder, limits: limits)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        let result = await Task { try await Self.read(Self.stream(channel, payload: 2000)) }.result
        #expect((result.failure as? RPCError)?.reason == "RESPONSE_TOO_LARGE")
        #expect(await holder.log.wait(for: "elementTooLarge"))
        try await Self.waitForNoStream(server)
    }

    @Test(arguments: [false, true]) func leavingAStreamEndsIt(finishes: Bool) async throws {
        let holder = try Self.holder(sending: 100, finishes: finishes)
        defer { holder.own.stop() }
        let server = try HeldCallTests.server(holder)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        for try await _ in Self.stream(channel) { break }
        if !finishes { #expect(await holder.log.wait(for: "cancelled")) }
        try await Self.waitForNoStream(server)
        #expect(
            await server.engine.statistics().calls[
                ServerStatistics.codes + Int(RPCCode.cancelled.rawValue)] == 1)
    }

    @Test(arguments: [false, true]) func aDrainEndsStreams(finishes: Bool) async throws {
        let holder = try Self.holder(sending: 100, finishes: finishes)
        defer { holder.own.stop() }
        let server = try HeldCallTests.server(holder)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        var iterator = Self.stream(channel, credit: 1).makeAsyncIterator()
        _ = try await iterator.next()
        _ = await server.engine.drain(reason: "test", grace: .seconds(60))
        if !finishes { #expect(await holder.log.wait(for: "drained")) }
        try await Self.waitForNoStream(server)
    }

    /// The holder's end may come between the deadline's answer and the end of that tick. What waited
    /// for the caller must not be there for the next stream that gets the place.
    @Test(arguments: [false, true])
    func whatWaitedGoesToNoOtherStream(fails: Bool) async throws {
        let holder = try Self.holder(sending: 2, finishes: false, answersEnds: false)
        defer { holder.own.stop() }
        let server = try HeldCallTests.server(holder)
        defer { server.stop() }
        holder.move(to: server.engine.loops[0])
        let log = HandlerLog()
        // One that leaves deadlines to the server: a CANCEL would drop what waits before.
        let caller = try await RawCaller(server)
        let path = EchoService.Methods.echoStream.path
        var output = RawCaller.hello()
        RawCaller.request(
            1, path, EchoStreamRequest(payload: [1]), timeout: .milliseconds(300), credit: 1,
            to: &output)
        try await caller.send(output)
        #expect(await holder.log.wait(for: "arrived"))
        holder.onLoop { holder in LateEnd(holder, fails: fails, log).continueWork() }
        #expect(await log.wait(for: "ended late"))
        var second = FrameOutput()
        let payload = [UInt8](repeating: 1, count: 1000)
        RawCaller.request(
            3, path, EchoStreamRequest(payload: payload), timeout: .seconds(120), credit: 2,
            to: &second)
        try await caller.send(second)
        try await caller.read { frames in
            let own = frames.filter { $0.stream == 3 }
            return own.count == 2 || own.contains { $0.type == FrameType.response.rawValue }
        }
        let items = caller.frames.filter { $0.stream == 3 && $0.type == FrameType.item.rawValue }
        #expect(items.count == 2 && items.allSatisfy { $0.length > 1000 })
    }
}

/// Ends the first call that a holder keeps in the tick in which its deadline passes, behind the
/// timers and before what that tick writes.
private final class LateEnd: LoopSource {
    private let holder: TestHolder
    private let fails: Bool
    private let log: HandlerLog
    private var token = LoopToken.none

    init(_ holder: TestHolder, fails: Bool, _ log: HandlerLog) {
        self.holder = holder
        self.fails = fails
        self.log = log
        token = holder.loop.register(self)
    }

    func continueWork() {
        let loop = holder.loop
        let id = holder.order[0].id
        guard let session = loop.source(id.session) as? ServerSession,
            let slot = unsafe session.machine.pointee.slot(of: id.stream)
        else {
            log.note("the call has gone")
            return
        }
        guard unsafe session.machine.pointee.record(inSlot: slot).answered else {
            loop.continueNextTick(token)
            return
        }
        holder.order.removeFirst()
        guard let call = holder.table.take(id) else { return }
        if fails { call.fail(RPCError(.aborted, "late")) } else { call.finish() }
        loop.unregister(token)
        log.note("ended late")
    }
}

import HoldfastBase
import Testing

@testable import HoldfastRPC
@testable import HoldfastWire

/// Streams beside streams, beside calls, and under cancellation.
@Suite(.timeLimit(.minutes(5))) struct StreamFlowTests {
    private static func endless(
        _ channel: RPCChannel, payload: Int = 1, credit: Int = 16
    ) -> ResponseStream<EchoStreamResponse> {
        channel.serverStream(
            EchoService.Methods.echoStream,
            EchoStreamRequest(payload: Array(repeating: 1, count: payload), count: .max),
            options: CallOptions(initialCredit: credit))
    }

    @Test func aStreamThatWaitsForRoomHoldsUpNoCall() async throws {
        var limits = Limits()
        limits.parkedStreamsMax = 1
        let server = try TestServer(limits: limits)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        var first = Self.endless(channel).makeAsyncIterator()
        _ = try await first.next()
        // There is room for one stream: this one waits.
        let second = Task {
            var iterator = Self.endless(channel).makeAsyncIterator()
            return try await iterator.next()
        }
        try await Task.sleep(for: .milliseconds(50))
        for _ in 0..<10 {
            _ = try await channel.unary(
                EchoService.Methods.echo, EchoRequest(),
                options: CallOptions(timeout: Patience.time, retries: false))
        }
        second.cancel()
        _ = await second.result
    }

    /// Each is a task, with all that a task keeps; a connection may have thousands of waits, which are
    /// not.
    @Test func streamsThatAreTasksAreBounded() async throws {
        var limits = Limits()
        limits.taskStreamsMax = 2
        let server = try TestServer(limits: limits)
        defer { server.stop() }
        let caller = try await RawCaller(server)
        func open(_ stream: UInt32, _ output: inout FrameOutput) {
            RawCaller.request(
                stream, EchoService.Methods.echoStream.path, EchoStreamRequest(count: .max),
                credit: 1, to: &output)
        }
        var output = RawCaller.hello()
        for stream: UInt32 in [1, 3, 5] { open(stream, &output) }
        output.append(.cancel, stream: 1, head: CancelHead())
        try await caller.send(output)
        func answer(_ frames: [FrameHeader], _ stream: UInt32) -> Bool {
            frames.contains { $0.stream == stream && $0.type == FrameType.response.rawValue }
        }
        try await caller.read { answer($0, 1) && answer($0, 5) }
        #expect(!answer(caller.frames, 3))
        var further = FrameOutput()
        for stream: UInt32 in [7, 9] { open(stream, &further) }
        try await caller.send(further)
        try await caller.read { frames in
            answer(frames, 9) && frames.contains { $0.stream == 7 }
        }
        #expect(!answer(caller.frames, 7))
    }

    @Test func aCancelledTaskThatAlwaysFindsElementsEnds() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        let log = HandlerLog()
        let reader = Task {
            var seen = 0
            for try await _ in Self.endless(channel) {
                seen += 1
                log.note("seen")
                // A reader that is slower than the server always finds the next one.
                Self.compute(.milliseconds(1))
                if seen == 100_000 { return }
            }
        }
        #expect(await log.wait(for: "seen", count: 20))
        reader.cancel()
        #expect((await reader.result.failure as? RPCError)?.code == .cancelled)
    }

    @Test func streamsOfOneConnectionTakeTurns() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        let log = HandlerLog()
        let readers = (0..<3).map { number in
            Task {
                for try await _ in Self.endless(channel, payload: 4000, credit: 1 << 20) {
                    log.note("\(number)")
                }
            }
        }
        for number in 0..<3 { #expect(await log.wait(for: "\(number)", count: 1000)) }
        for reader in readers { reader.cancel() }
        for reader in readers { _ = await reader.result }
    }

    /// A handler may send from several tasks: all of them go on when the caller gives credit.
    @Test func tasksOfOneHandlerSendSideBySide() async throws {
        let server = try TestServer { registry in
            registry.serverStream(EchoService.Methods.echoStream) { _, stream, _ in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<4 {
                        group.addTask {
                            for _ in 0..<50 {
                                try await stream.send(EchoStreamResponse(index: UInt64(number)))
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        let stream = channel.serverStream(
            EchoService.Methods.echoStream, EchoStreamRequest(),
            options: CallOptions(timeout: Patience.time, initialCredit: 1))
        var seen: [UInt64: Int] = [:]
        for try await element in stream { seen[element.index, default: 0] += 1 }
        #expect(seen == [0: 50, 1: 50, 2: 50, 3: 50])
    }

    /// Room for one element is no reason to wake all streams that wait for room.
    @Test func fewAreWokenInVain() async throws {
        let (streams, elements) = (400, 4)
        var limits = Limits()
        // Each element fills it.
        limits.outboundHighBytes = 8 << 10
        limits.outboundLowBytes = 4 << 10
        let wakes = HandlerLog()
        let server = try TestServer(limits: limits) { registry in
            registry.serverStream(EchoService.Methods.echoStream) { _, stream, _ in
                for index in 0..<elements {
                    try await stream.send(
                        EchoStreamResponse(
                            payload: [UInt8](repeating: 1, count: 10_000), index: UInt64(index)))
                }
                for _ in 0..<stream.call.signalsSeen { wakes.note("woken") }
            }
        }
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        let seen = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<streams {
                group.addTask {
                    let stream = channel.serverStream(
                        EchoService.Methods.echoStream, EchoStreamRequest(),
                        options: CallOptions(timeout: Patience.time, initialCredit: 16))
                    return try await stream.reduce(0) { count, _ in count + 1 }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(seen == streams * elements)
        // All of them for each element would be half as many as this for each of the streams.
        let woken = wakes.count("woken")
        #expect(woken < ServerSession.wokenForRoomMax * seen, "\(woken) wakes")
    }

    /// An operator is shown a page, and a loop with many streams serves others meanwhile.
    @Test func noMoreStreamsAreGatheredThanAreShown() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        let callers = (0..<20).map { _ in
            Task {
                try await channel.unary(
                    EchoService.Methods.echo, EchoRequest(delayMs: 600_000),
                    options: CallOptions(timeout: .seconds(590), retries: false))
            }
        }
        while await server.engine.statistics().activeStreams < 20 { await Task.yield() }
        let connection = try #require(await server.engine.connections().first).peer.connection
        #expect(await server.engine.streams(max: 5).count == 5)
        #expect(await server.engine.streams(of: connection, max: 100).count == 20)
        #expect(await server.engine.streams(of: connection + 1, max: 100).isEmpty)
        for caller in callers { caller.cancel() }
        for caller in callers { _ = await caller.result }
    }

    /// What all connections together move in whole records is bounded anew in each tick.
    @Test func wholeRecordsOfATickAreBounded() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let first = await server.engine.ask { shard in (0..<9).map { _ in shard.takeBulkPlace() } }
        let second = await server.engine.ask { shard in (0..<9).map { _ in shard.takeBulkPlace() } }
        for places in first + second {
            #expect(places == [true, true, true, true] + Array(repeating: false, count: 5))
        }
    }

    /// Keeps a thread busy, without a place where other tasks may run.
    private static func compute(_ time: Duration) {
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end {}
    }
}

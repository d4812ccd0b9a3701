import HoldfastBase
import Testing

@testable import HoldfastRPC
@testable import HoldfastWire

/// Streams beside streams, beside calls, and under cancellation.
@Suite(.timeLimit(.minutes(1))) struct StreamFlowTests {
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
                options: CallOptions(timeout: .seconds(30), retries: false))
        }
        second.cancel()
        _ = await second.result
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
                if seen == 10_000 { return }
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

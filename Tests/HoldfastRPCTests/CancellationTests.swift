import HoldfastBase
import Synchronization
import Testing

@testable import HoldfastRPC
@testable import HoldfastWire

/// Counts what handlers live through.
final class HandlerLog: Sendable {
    private let state = Mutex<[String: Int]>([:])

    func note(_ what: String) { state.withLock { $0[what, default: 0] += 1 } }
    var all: [String: Int] { state.withLock { $0 } }
    func count(_ what: String) -> Int { state.withLock { $0[what, default: 0] } }

    /// Waits until something was noted; false when it was not within a minute.
    func wait(for what: String, count wanted: Int = 1) async -> Bool {
        for _ in 0..<6000 {
            if count(what) >= wanted { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}

@Suite(.timeLimit(.minutes(5))) struct CancellationTests {
    /// A server whose echo waits until it is cancelled, and notes that it was.
    private static func waitingServer(
        _ log: HandlerLog, limits: Limits = Limits()
    ) throws -> TestServer {
        try TestServer(limits: limits) { registry in
            registry.unary(EchoService.Methods.echo) { _, _ in
                log.note("began")
                do {
                    try await Task.sleep(for: .seconds(600))
                } catch {
                    log.note("cancelled")
                    throw error
                }
                return EchoResponse()
            }
            registry.serverStream(EchoService.Methods.echoStream) { request, stream, _ in
                log.note("began")
                do {
                    for index in 0... {
                        try await stream.send(
                            EchoStreamResponse(payload: request.payload, index: UInt64(index)))
                        log.note("sent")
                    }
                } catch {
                    log.note("cancelled")
                    throw error
                }
            }
        }
    }

    @Test func aCancelledTaskCancelsTheHandler() async throws {
        let log = HandlerLog()
        let server = try Self.waitingServer(log)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        let task = Task {
            try await channel.unary(
                EchoService.Methods.echo, EchoRequest(), options: CallOptions())
        }
        #expect(await log.wait(for: "began"))
        task.cancel()
        let result = await task.result
        #expect(throws: RPCError.self) { try result.get() }
        #expect((result.failure as? RPCError)?.code == .cancelled)
        #expect(await log.wait(for: "cancelled"))
    }

    @Test func aTaskThatIsCancelledBeforeItCallsGetsItsAnswer() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        for _ in 0..<200 {
            let task = Task {
                unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                return try await channel.unary(
                    EchoService.Methods.echo, EchoRequest(), options: CallOptions())
            }
            #expect((await task.result.failure as? RPCError)?.code == .cancelled)
        }
    }

    @Test func aPassedDeadlineCancelsTheHandler() async throws {
        let log = HandlerLog()
        let server = try Self.waitingServer(log)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        do {
            _ = try await channel.unary(
                EchoService.Methods.echo, EchoRequest(),
                options: CallOptions(timeout: .milliseconds(80)))
            Issue.record("the call was answered")
        } catch {
            #expect(error.code == .deadlineExceeded)
        }
        #expect(await log.wait(for: "cancelled"))
    }

    @Test func aClosedClientCancelsTheHandler() async throws {
        let log = HandlerLog()
        let server = try Self.waitingServer(log)
        defer { server.stop() }
        let channel = try server.channel()
        let task = Task {
            try await channel.unary(
                EchoService.Methods.echo, EchoRequest(), options: CallOptions(retries: false))
        }
        #expect(await log.wait(for: "began"))
        channel.close()
        #expect((await task.result.failure as? RPCError)?.code == .unavailable)
        #expect(await log.wait(for: "cancelled"))
    }

    @Test func leavingAStreamEarlyEndsItsHandler() async throws {
        let log = HandlerLog()
        let server = try Self.waitingServer(log)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        var seen = 0
        for try await _ in channel.serverStream(
            EchoService.Methods.echoStream, EchoStreamRequest(),
            options: CallOptions(initialCredit: 2))
        {
            seen += 1
            if seen == 5 { break }
        }
        #expect(await log.wait(for: "cancelled"))
    }

    @Test func aSlowReaderHoldsOnlyItsCredit() async throws {
        let log = HandlerLog()
        let server = try Self.waitingServer(log)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        var iterator = channel.serverStream(
            EchoService.Methods.echoStream, EchoStreamRequest(),
            options: CallOptions(initialCredit: 8)
        ).makeAsyncIterator()
        _ = try await iterator.next()
        #expect(await log.wait(for: "sent", count: 8))
        try await Task.sleep(for: .milliseconds(200))
        // Eight were allowed; one was taken, which is not yet half, so no more credit was given.
        #expect(log.count("sent") == 8)
    }

    @Test func aGreedyStreamDoesNotStarveOtherCallers() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let greedy = try server.channel()
        defer { greedy.close() }
        let honest = try server.channel()
        defer { honest.close() }
        let reader = Task {
            var count = 0
            for try await _ in greedy.serverStream(
                EchoService.Methods.echoStream,
                EchoStreamRequest(payload: Array(repeating: 1, count: 1000), count: .max),
                options: CallOptions(initialCredit: Int(UInt32.max)))
            {
                count += 1
            }
            return count
        }
        // Enough of the stream is on its way when the honest calls begin.
        try await Task.sleep(for: .milliseconds(200))
        for _ in 0..<20 {
            _ = try await honest.unary(
                EchoService.Methods.echo, EchoRequest(payload: [1]),
                options: CallOptions(timeout: Patience.time, retries: false))
        }
        reader.cancel()
        _ = await reader.result
    }
}

extension Result {
    /// The failure, if it is one.
    var failure: Failure? {
        if case .failure(let error) = self { return error }
        return nil
    }
}

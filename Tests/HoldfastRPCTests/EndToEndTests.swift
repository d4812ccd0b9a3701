import HoldfastBase
import Testing

@testable import HoldfastRPC
@testable import HoldfastWire

@Suite(.timeLimit(.minutes(5))) struct EndToEndTests {
    @Test func aCallIsAnswered() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        let answer = try await channel.unary(
            EchoService.Methods.echo, EchoRequest(payload: [1, 2, 3]), options: CallOptions())
        #expect(answer.payload == [1, 2, 3])
    }

    @Test func manyCallsAtOnceAreAnsweredEachWithItsOwn() async throws {
        let server = try TestServer(loops: 2)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<2000 {
                group.addTask {
                    let payload = Array("call \(index)".utf8)
                    let answer = try await channel.unary(
                        EchoService.Methods.echo, EchoRequest(payload: payload),
                        options: CallOptions())
                    return answer.payload == payload
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test func aStreamGivesItsElementsInOrder() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        let stream = channel.serverStream(
            EchoService.Methods.echoStream, EchoStreamRequest(payload: [7], count: 1000),
            options: CallOptions(initialCredit: 4))
        var next: UInt64 = 0
        for try await element in stream {
            #expect(element.index == next)
            next += 1
        }
        #expect(next == 1000)
    }

    @Test func aDeadlineEndsTheCall() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        await #expect(throws: RPCError.self) {
            _ = try await channel.unary(
                EchoService.Methods.echo, EchoRequest(delayMs: 600_000),
                options: CallOptions(timeout: .milliseconds(100)))
        }
    }

    @Test func whoDoesNotWaitForAServerWaitsForTheDial() async throws {
        let server = try TestServer()
        defer { server.stop() }
        // Nothing listens at port 1: whichever comes first, the other endpoint is tried as well.
        let endpoints = [Endpoint(host: "127.0.0.1", port: 1), try server.endpoint]
        for _ in 0..<8 {
            let channel = try RPCChannel(server.configuration(endpoints: endpoints))
            defer { channel.close() }
            let answer = try await channel.unary(
                EchoService.Methods.echo, EchoRequest(payload: [9]),
                options: CallOptions(waitForReady: false, retries: false))
            #expect(answer.payload == [9])
        }
    }

    @Test func whoDoesNotWaitForAServerIsToldAtOnceThatThereIsNone() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let channel = try RPCChannel(
            server.configuration(endpoints: [Endpoint(host: "127.0.0.1", port: 1)]))
        defer { channel.close() }
        let error = await #expect(throws: RPCError.self) {
            _ = try await channel.unary(
                EchoService.Methods.echo, EchoRequest(),
                options: CallOptions(timeout: .seconds(3600), waitForReady: false))
        }
        #expect(error?.code == .unavailable && error?.reason == "NOT_CONNECTED")
        #expect(error?.message.contains("127.0.0.1:1") == true)
    }

    @Test func aWrongPathIsAnErrorOfTheSettings() async throws {
        let server = try TestServer()
        defer { server.stop() }
        var configuration = try server.configuration()
        configuration.trustedCA = "/nonexistent.pem"
        let error = #expect(throws: RPCError.self) { _ = try RPCChannel(configuration) }
        #expect(error?.code == .invalidArgument && error?.reason == "TLS_SETTINGS")
    }
}

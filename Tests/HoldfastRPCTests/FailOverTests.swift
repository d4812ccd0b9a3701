import HoldfastBase
import Testing

@testable import HoldfastRPC
@testable import HoldfastWire

@Suite(.timeLimit(.minutes(5))) struct FailOverTests {
    private static func call(
        _ channel: RPCChannel, timeout: Duration = Patience.time, waitForReady: Bool = true
    ) async throws(RPCError) -> EchoResponse {
        try await channel.unary(
            EchoService.Methods.echo, EchoRequest(payload: [1]),
            options: CallOptions(timeout: timeout, waitForReady: waitForReady))
    }

    @Test func aDrainingServerLosesNoCall() async throws {
        let first = try TestServer()
        let second = try TestServer()
        defer {
            first.stop()
            second.stop()
        }
        let channel = try RPCChannel(
            first.configuration(endpoints: [first.endpoint, second.endpoint]))
        defer { channel.close() }
        _ = try await Self.call(channel)
        let used = try #require(await channel.currentServer())
        let draining = try used.endpoint == first.endpoint ? first : second
        let log = HandlerLog()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    for _ in 0..<100 {
                        do {
                            _ = try await Self.call(channel)
                        } catch {
                            log.note("failure")
                        }
                    }
                }
            }
            group.addTask {
                try? await Task.sleep(for: .milliseconds(20))
                await draining.engine.drainAndStop(reason: "test", grace: .seconds(60))
            }
        }
        #expect(log.count("failure") == 0)
        let now = try #require(await channel.currentServer())
        #expect(now.endpoint != used.endpoint)
    }

    @Test func everyAddressOfANameIsTried() async throws {
        // Where "localhost" is ::1 first, nobody listens there.
        let server = try TestServer(listen: "127.0.0.1:0")
        defer { server.stop() }
        let endpoint = try Endpoint(host: "localhost", port: server.endpoint.port)
        let channel = try RPCChannel(server.configuration(endpoints: [endpoint]))
        defer { channel.close() }
        _ = try await Self.call(channel)
    }

    /// A dial may fail inside the call that began it: no route, or no descriptor is left.
    @Test(arguments: [true, false])
    func anEndpointThatFailsAtOnceIsPassedOver(waitForReady: Bool) async throws {
        let server = try TestServer()
        defer { server.stop() }
        // The system refuses at once to dial a group. The order of endpoints is drawn.
        let groups = try (1...7).map { try Endpoint("224.0.0.\($0):7420") }
        let channel = try RPCChannel(
            server.configuration(endpoints: groups + [server.endpoint]))
        defer { channel.close() }
        _ = try await Self.call(channel, waitForReady: waitForReady)
    }

    @Test func aDeadServerIsLeftAtOnce() async throws {
        let first = try TestServer()
        let second = try TestServer()
        defer {
            first.stop()
            second.stop()
        }
        let channel = try RPCChannel(
            first.configuration(endpoints: [first.endpoint, second.endpoint]))
        defer { channel.close() }
        _ = try await Self.call(channel)
        let used = try #require(await channel.currentServer())
        (try used.endpoint == first.endpoint ? first : second).stop()
        for _ in 0..<10 { _ = try await Self.call(channel) }
    }

    @Test func aCallWaitsForAServerThatComesLater() async throws {
        // A port that was free a moment ago.
        let scout = try TestServer()
        let endpoint = try scout.endpoint
        scout.engine.stop()
        try await Task.sleep(for: .milliseconds(100))
        let channel = try RPCChannel(scout.configuration(endpoints: [endpoint]))
        defer { channel.close() }
        async let answer = Self.call(channel)
        try await Task.sleep(for: .milliseconds(300))
        let server = try TestServer(listen: endpoint.description)
        defer { server.stop() }
        _ = try await answer
    }

    @Test func withoutWaitingAMissingServerIsSaidAtOnce() async throws {
        let scout = try TestServer()
        let endpoint = try scout.endpoint
        scout.engine.stop()
        try await Task.sleep(for: .milliseconds(100))
        let channel = try RPCChannel(scout.configuration(endpoints: [endpoint]))
        defer { channel.close() }
        do throws(RPCError) {
            _ = try await Self.call(channel, timeout: .seconds(5))
            Issue.record("answered by nobody")
        } catch {
            #expect(error.code == .unavailable)
            #expect(error.isNotProcessed)
            #expect(error.message.contains("refused"))
        }
    }

    @Test func aRefusedCertificateIsUnauthenticatedAndNotRepeated() async throws {
        let server = try TestServer()
        defer { server.stop() }
        var configuration = try server.configuration()
        configuration.certificate = nil
        configuration.privateKey = nil
        let channel = try RPCChannel(configuration)
        defer { channel.close() }
        do throws(RPCError) {
            _ = try await Self.call(channel)
            Issue.record("a caller without certificate was answered")
        } catch {
            #expect(error.code == .unauthenticated)
            #expect(error.retryClass == .never)
        }
    }

    @Test func aRefusalIsToldToThoseWhoCallDuringThePause() async throws {
        let server = try TestServer()
        defer { server.stop() }
        var configuration = try server.configuration()
        configuration.certificate = nil
        configuration.privateKey = nil
        let channel = try RPCChannel(configuration)
        defer { channel.close() }
        for attempt in 1...3 {
            do throws(RPCError) {
                _ = try await Self.call(channel, waitForReady: false)
                Issue.record("a caller without certificate was answered")
            } catch {
                #expect(error.code == .unauthenticated, "attempt \(attempt): \(error)")
                #expect(error.reason == "CERTIFICATE_REQUIRED")
                #expect(error.retryClass == .never)
            }
        }
    }

    @Test func aServerOfAnotherNameIsNotTrusted() async throws {
        let server = try TestServer()
        defer { server.stop() }
        var configuration = try server.configuration()
        configuration.serverName = "elsewhere.example"
        let channel = try RPCChannel(configuration)
        defer { channel.close() }
        do throws(RPCError) {
            _ = try await Self.call(channel)
            Issue.record("a server of another name was trusted")
        } catch {
            #expect(error.code == .unauthenticated)
        }
    }
}

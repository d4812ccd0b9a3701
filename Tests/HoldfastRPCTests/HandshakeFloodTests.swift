import Glibc
import HoldfastBase
import HoldfastSystem
import Testing

@testable import HoldfastRPC
@testable import HoldfastWire

/// A socket that is closed when nobody holds it any more.
private final class Caller {
    private let socket: Descriptor

    init(_ socket: consuming Descriptor) { self.socket = socket }
}

/// Newcomers that do not finish their handshake, which another thread than the loop's computes.
@Suite(.timeLimit(.minutes(5))) struct HandshakeFloodTests {
    private static let recordBegins: [UInt8] = [0x16, 0x03, 0x01]
    private static let noTLS: [UInt8] = Array("no TLS at all, and long enough to see it".utf8)

    private func dial(_ server: TestServer, sending bytes: [UInt8]) throws -> Caller {
        let endpoint = try server.endpoint
        let address = try #require(
            SocketAddress.numeric(host: endpoint.host, port: endpoint.port))
        let socket = try Sockets.connect(to: address)
        var writable = pollfd(fd: socket.number, events: Int16(POLLOUT), revents: 0)
        #expect(unsafe poll(&writable, 1, 60_000) == 1)
        let sent = unsafe bytes.withUnsafeBytes { unsafe Sockets.write(socket.number, $0) }
        #expect(sent == bytes.count)
        return Caller(socket)
    }

    /// Waits until the counters say so; the suite's time limit ends a wait in vain.
    private func statistics(
        of server: TestServer, until isRight: (ServerStatistics) -> Bool
    ) async throws -> ServerStatistics {
        while true {
            let statistics = await server.engine.statistics()
            if isRight(statistics) { return statistics }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func eachEndOfAHandshakeIsCountedAndCallsGoOn() async throws {
        var limits = Limits()
        // Long enough for those who do something within it, and for our own channel.
        limits.handshakeTimeout = .seconds(8)
        let server = try TestServer(limits: limits)
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        var sockets: [Caller] = []
        for _ in 0..<20 { sockets.append(try dial(server, sending: Self.recordBegins)) }
        for _ in 0..<20 { sockets.append(try dial(server, sending: Self.noTLS)) }
        for _ in 0..<20 { _ = try dial(server, sending: Self.recordBegins) }
        let answer = try await channel.unary(
            EchoService.Methods.echo, EchoRequest(payload: [1]), options: CallOptions())
        #expect(answer.payload == [1])
        let end = try await statistics(of: server) {
            $0.handshakesInFlight == 0 && $0.connectionsOpen == 1
        }
        #expect(end.connectionEnds["handshake_timeout"] == 20)
        #expect(end.handshakeFailures["not_tls"] == 20)
        #expect(end.handshakeFailures["peer_closed"] == 20)
        #expect(end.handshakesCompleted == 1)
        #expect(sockets.count == 40)
    }

    @Test func theOldestMakeRoomForNewcomers() async throws {
        var limits = Limits()
        limits.handshakesInFlightMax = 4
        let server = try TestServer(limits: limits)
        defer { server.stop() }
        var sockets: [Caller] = []
        for _ in 0..<12 { sockets.append(try dial(server, sending: Self.recordBegins)) }
        let channel = try server.channel()
        defer { channel.close() }
        let answer = try await channel.unary(
            EchoService.Methods.echo, EchoRequest(payload: [2]), options: CallOptions())
        #expect(answer.payload == [2])
        let end = await server.engine.statistics()
        #expect(end.connectionEnds["handshake_evicted", default: 0] >= 9)
        #expect(sockets.count == 12)
    }

    @Test func aServerStopsWhileHandshakesAreComputed() async throws {
        for _ in 0..<10 {
            let server = try TestServer()
            var sockets: [Caller] = []
            for _ in 0..<10 { sockets.append(try dial(server, sending: Self.noTLS)) }
            server.stop()
            #expect(sockets.count == 10)
        }
    }
}

import Foundation
import Holdfast
import Testing

@Suite struct ExhaustionTests {
    private let refused = "holdfast_rpc_connections_refused_total"

    @Test func connectionsBeyondTheLimitAreRefusedAndCounted() async throws {
        try await withDaemon(["--limits-connections", "3"]) { daemon in
            let address = try await daemon.address()
            var sockets = try (0..<3).map { _ in try PlainSocket(address) }
            try await eventually("three are open") {
                try await daemon.metric("holdfast_rpc_connections") == 3
            }
            #expect(await (try PlainSocket(address)).finish().end == .reset)
            #expect(try await daemon.metric("\(refused){reason=\"connections_limit\"}") == 1)
            sockets.removeAll()
            try await daemon.client { _ = try await $0.echo.echo(EchoRequest(payload: [1])) }
        }
    }

    @Test func connectionsPerAddress() async throws {
        try await withDaemon(["--limits-connections-per-address", "2"]) { daemon in
            let address = try await daemon.address()
            let sockets = try (0..<2).map { _ in try PlainSocket(address) }
            try await eventually("two are open") {
                try await daemon.metric("holdfast_rpc_connections") == 2
            }
            #expect(await (try PlainSocket(address)).finish().end == .reset)
            let count = try await daemon.metric(
                "\(refused){reason=\"connections_per_address_limit\"}")
            #expect(count == 1 && sockets.count == 2)
        }
    }

    /// Silent callers take the places of handshakes only until their time is over, or until others
    /// need them.
    @Test(arguments: ["4s", "10m"])
    func aFloodOfHandshakesIsCapped(_ timeout: String) async throws {
        let arguments = [
            "--limits-handshakes-in-flight", "8", "--limits-handshake-timeout", timeout,
        ]
        try await withDaemon(arguments) { daemon in
            let address = try await daemon.address()
            try await daemon.client { old in
                _ = try await old.echo.echo(EchoRequest(payload: [1]))
                let silent = try (0..<20).map { _ in try PlainSocket(address) }
                #expect(try await daemon.metric("holdfast_tls_handshakes_in_flight") <= 8)
                #expect(try await daemon.metric("holdfast_rpc_connections") <= 9)
                _ = try await old.echo.echo(EchoRequest(payload: [2]))
                try await daemon.client { _ = try await $0.echo.echo(EchoRequest(payload: [3])) }
                #expect(silent.count == 20)
                let ended = "holdfast_rpc_connections_ended_total"
                let late = try await daemon.metric("\(ended){reason=\"handshake_timeout\"}")
                let evicted = try await daemon.metric("\(ended){reason=\"handshake_evicted\"}")
                #expect(late + evicted >= 12)
            }
        }
    }

    /// With no descriptor left the server must go on serving, be probed, and recover.
    @Test func descriptorsRunOut() async throws {
        try await withDaemon(setup: "ulimit -n 64") { daemon in
            let address = try await daemon.address()
            try await daemon.client(as: "admin") { old in
                _ = try await old.echo.echo(EchoRequest(payload: [1]))
                var sockets = try (0..<100).map { _ in try PlainSocket(address) }
                try await daemon.logged("cannot accept connections for now")
                _ = try await old.echo.echo(EchoRequest(payload: [2]))
                #expect(try await daemon.ops("/livez").status == 200, "probes are answered")
                #expect(try await daemon.ops("/metrics").status == 200)
                // Files can still be read.
                let outcomes = try await old.admin.reload(ReloadRequest()).outcomes
                #expect(outcomes.first == "certificates: unchanged")
                #expect(try await daemon.metric("\(refused){reason=\"descriptors_limit\"}") > 0)
                sockets.removeAll()
                try await daemon.client { _ = try await $0.echo.echo(EchoRequest(payload: [3])) }
            }
            try await Task.sleep(for: .milliseconds(300))
            #expect(daemon.log.count < 80, "the log is not flooded")
        }
    }

    /// The usual soft limit is no limit for a server.
    @Test func theSoftLimitOfDescriptorsIsRaised() async throws {
        try await withDaemon(setup: "ulimit -S -n 64") { daemon in
            let address = try await daemon.address()
            let sockets = try (0..<100).map { _ in try PlainSocket(address) }
            try await eventually("all are open") {
                try await daemon.metric("holdfast_rpc_connections") == 100
            }
            #expect(sockets.count == 100)
        }
    }

    @Test func idleConnectionsAreHeld() async throws {
        let isFull = ProcessInfo.processInfo.environment["HOLDFAST_TEST_FULL"] == "1"
        let count = isFull ? 10_000 : 1_000
        try await withDaemon(["--limits-hello-timeout", "10m"]) { daemon in
            let configuration = try await daemon.configuration()
            let clients = try (0..<4).map { _ in try HoldfastClient(configuration) }
            defer { for client in clients { client.close() } }
            let idle = try IdleConnections(daemon, count: count)
            try await idle.open()
            try await eventually("all are open", within: .seconds(120)) {
                try await daemon.metric("holdfast_rpc_connections") >= Double(count)
            }
            for client in clients {
                let answer = try await client.echo.echo(EchoRequest(payload: [4]))
                #expect(answer.payload == [4])
            }
            try await daemon.client(as: "admin") { admin in
                let info = try await admin.admin.getServerInfo(GetServerInfoRequest())
                #expect(Int(info.connections) >= count)
                #expect(info.residentBytes < UInt64(count) * 64 << 10 + 64 << 20)
            }
        }
    }

    /// The certificates of callers are nothing to keep: parsed, they are a third of what a connection costs.
    @Test func anIdleConnectionCostsLittle() async throws {
        try await withDaemon(["--limits-hello-timeout", "10m"]) { daemon in
            _ = try await daemon.address()
            let before = 200
            let count = 1000
            // The first ones make room that later ones use, too.
            let first = try IdleConnections(daemon, count: before, sendsCA: true)
            try await first.open()
            func resident(_ connections: Int) async throws -> Double {
                try await eventually("all are open", within: .seconds(120)) {
                    try await daemon.metric("holdfast_tls_handshakes_completed_total")
                        >= Double(connections)
                }
                return try await daemon.metric("process_resident_memory_bytes")
            }
            let start = try await resident(before)
            let idle = try IdleConnections(daemon, count: count, sendsCA: true)
            try await idle.open()
            let each = (try await resident(before + count) - start) / Double(count)
            withExtendedLifetime((first, idle)) {}
            #expect(each < 16 * 1024, "\(each) bytes")
        }
    }
}

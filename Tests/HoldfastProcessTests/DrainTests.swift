import Glibc
import Holdfast
import Testing

@Suite struct DrainTests {
    @Test func aCallInFlightEndsWell() async throws {
        try await withDaemon(["--drain-grace", "10m"]) { daemon in
            try await daemon.client { client in
                _ = try await client.echo.echo(EchoRequest(payload: [0]))
                // Open as long as the test looks at it.
                async let slow = client.echo.echo(EchoRequest(payload: [7], delayMs: 15_000))
                try await busy(daemon)
                daemon.child.send(SIGTERM)
                try await daemon.logged("draining")
                let ready = try await daemon.ops("/readyz")
                #expect(ready.status == 503 && ready.body.contains("[-] serving: draining\n"))
                #expect(try await daemon.ops("/livez").status == 200)
                #expect(try await daemon.metric("holdfast_server_draining") == 1)
                let address = try await daemon.address()
                #expect(throws: Failure.self, "new callers are refused") {
                    try PlainSocket(address)
                }
                let answer = try await slow
                #expect(answer.payload == [7])
            }
            #expect(try await daemon.child.ended() == .code(0))
            try await daemon.logged("stopped")
        }
    }

    @Test func anIdleServerStopsAtOnce() async throws {
        // It does not wait for the grace.
        try await withDaemon(["--drain-grace", "10m"]) { daemon in
            try await daemon.client { client in
                _ = try await client.echo.echo(EchoRequest(payload: [0]))
                daemon.child.send(SIGINT)
                #expect(try await daemon.child.ended() == .code(0))
            }
        }
    }

    @Test func theGraceEnds() async throws {
        try await withDaemon(["--drain-grace", "300ms"]) { daemon in
            try await daemon.client { client in
                let options = CallOptions(timeout: .seconds(580), retries: false)
                let slow = Task {
                    try await client.echo.echo(
                        EchoRequest(payload: [7], delayMs: 580_000), options: options)
                }
                try await busy(daemon)
                daemon.child.send(SIGTERM)
                let error = await #expect(throws: RPCError.self) { try await slow.value }
                #expect(error?.code == .unavailable)
            }
            #expect(try await daemon.child.ended() == .code(0))
        }
    }

    @Test func aSecondSignalEndsAtOnce() async throws {
        try await withDaemon(["--drain-grace", "10m"]) { daemon in
            try await daemon.client { client in
                let options = CallOptions(timeout: .seconds(580), retries: false)
                let slow = Task {
                    try await client.echo.echo(
                        EchoRequest(payload: [7], delayMs: 580_000), options: options)
                }
                try await busy(daemon)
                // The same signal again at once is its echo: supervisors signal process and group.
                daemon.child.send(SIGTERM)
                daemon.child.send(SIGTERM)
                try await daemon.logged("draining")
                try await Task.sleep(for: .milliseconds(300))
                #expect(daemon.child.poll() == nil)
                daemon.child.send(SIGTERM)
                #expect(try await daemon.child.ended() == .code(0))
                try await daemon.logged("stopping at once")
                await #expect(throws: RPCError.self) { try await slow.value }
            }
        }
    }

    /// The process ends while its loops work: nothing they use may be taken down under them.
    @Test func endingUnderLoadIsClean() async throws {
        for _ in 0..<4 {
            try await withDaemon(["--loops", "4"]) { daemon in
                let configuration = try await daemon.configuration()
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<6 {
                        group.addTask {
                            try? await withHoldfast(configuration) { client in
                                let bytes = [UInt8](repeating: 1, count: 9000)
                                let request = EchoRequest(payload: bytes)
                                let options = CallOptions(
                                    timeout: .seconds(2), waitForReady: false, retries: false)
                                while true {
                                    _ = try await client.echo.echo(request, options: options)
                                }
                            }
                        }
                    }
                    try? await Task.sleep(for: .milliseconds(100))
                    daemon.child.send(SIGTERM)
                    try? await Task.sleep(for: .milliseconds(250))
                    daemon.child.send(SIGTERM)
                    let exit = try? await daemon.child.ended()
                    #expect(exit == .code(0))
                }
            }
        }
    }

    @Test func healthWatchersAreTold() async throws {
        try await withDaemon { daemon in
            try await daemon.client { client in
                var told: [ServingStatus] = []
                do {
                    for try await change in client.health.watch(HealthServiceWatchRequest()) {
                        told.append(change.status)
                        if told.count == 1 { daemon.child.send(SIGTERM) }
                    }
                } catch {
                    #expect(told.count == 2, "told \(told), then \(error)")
                }
                #expect(told == [.serving, .notServing])
            }
        }
    }

    @Test func theAdminCallDrainsAndStops() async throws {
        try await withDaemon { daemon in
            try await daemon.client(as: "admin") { client in
                let answer = try await client.admin.drain(
                    DrainRequest(graceMs: 5000, reason: "moved to\nanother rack"))
                #expect(answer.connections == 1)
            }
            let line = try await daemon.logged("draining")
            #expect(line["reason"] == "moved to\nanother rack")
            #expect(try await daemon.child.ended() == .code(0))
        }
    }

    private func busy(_ daemon: Daemon) async throws {
        try await eventually("a call is open") {
            try await daemon.metric("holdfast_rpc_streams_active") == 1
        }
    }
}

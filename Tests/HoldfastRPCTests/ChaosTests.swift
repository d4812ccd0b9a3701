import HoldfastBase
import Synchronization
import Testing

@testable import HoldfastRPC
@testable import HoldfastWire

/// Servers come, drain and go while calls and streams are made, cancelled and left at random: every
/// caller gets one answer, in time. (A second answer would end the process: the continuations are
/// checked ones.)
@Suite(.timeLimit(.minutes(5))) struct ChaosTests {
    private static let duration = Duration.seconds(3)
    /// How much later than its deadline an answer may come on a machine that has much to do.
    private static let lateness = Patience.time

    /// One address at which servers come and go.
    private struct Place {
        let endpoint: Endpoint

        func run(until end: ContinuousClock.Instant, _ pace: Int, _ log: HandlerLog) async {
            while ContinuousClock.now < end {
                guard let server = try? TestServer(loops: .random(in: 1...2), listen: address)
                else {
                    // The last one has not let go of the port yet.
                    try? await Task.sleep(for: .milliseconds(10))
                    continue
                }
                log.note("servers")
                try? await Task.sleep(for: .milliseconds(.random(in: 20...600)) * pace)
                if Bool.random() {
                    await server.engine.drainAndStop(
                        reason: "chaos", grace: .milliseconds(.random(in: 0...300)))
                } else {
                    server.stop()
                }
            }
        }

        private var address: String { "127.0.0.1:\(endpoint.port)" }
    }

    @Test func everyCallerIsAnsweredInTime() async throws {
        let scouts = try (0..<3).map { _ in try TestServer() }
        let places = try scouts.map { Place(endpoint: try $0.endpoint) }
        let configuration = try scouts[0].configuration(endpoints: places.map(\.endpoint))
        for scout in scouts { scout.stop() }
        let log = HandlerLog()
        // On a busy machine a handshake may outlast all of it: then it goes slower.
        for pace in [1, 8, 16] where log.count("OK") == 0 {
            let end = ContinuousClock.now + Self.duration * pace
            await withTaskGroup(of: Void.self) { group in
                for place in places { group.addTask { await place.run(until: end, pace, log) } }
                for _ in 0..<4 {
                    group.addTask {
                        while ContinuousClock.now < end {
                            await Self.useChannel(configuration, until: end, pace, log)
                        }
                    }
                }
            }
        }
        #expect(log.count("begun") == log.count("answered"))
        #expect(log.count("late") == 0)
        #expect(log.count("OK") > 0)
    }

    /// A channel of many callers, which is closed under them.
    private static func useChannel(
        _ configuration: ChannelConfiguration, until end: ContinuousClock.Instant, _ pace: Int,
        _ log: HandlerLog
    ) async {
        guard let channel = try? RPCChannel(configuration) else { return }
        let closing = min(end, ContinuousClock.now + .milliseconds(.random(in: 100...1500)) * pace)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask(executorPreference: number < 4 ? channel.executor : nil) {
                    while ContinuousClock.now < closing { await callOnce(channel, pace, log) }
                }
            }
            try? await Task.sleep(until: closing)
            channel.close()
        }
    }

    private static func callOnce(_ channel: RPCChannel, _ pace: Int, _ log: HandlerLog) async {
        let timeout = Duration.milliseconds(.random(in: 1...400)) * pace
        let begun = ContinuousClock.now
        log.note("begun")
        let task = Task {
            if Int.random(in: 0..<3) > 0 {
                try await unary(channel, timeout)
            } else {
                try await stream(channel, timeout)
            }
        }
        if Int.random(in: 0..<4) == 0 {
            try? await Task.sleep(for: .microseconds(.random(in: 0...20_000)))
            task.cancel()
        }
        switch await task.result {
        case .success: log.note("OK")
        case .failure(let error): log.note((error as? RPCError)?.code.name ?? "\(error)")
        }
        log.note("answered")
        if ContinuousClock.now - begun > timeout + lateness { log.note("late") }
        // What fails at once must not keep the others from the processor.
        try? await Task.sleep(for: .microseconds(.random(in: 0...500)))
    }

    private static func unary(_ channel: RPCChannel, _ timeout: Duration) async throws {
        let size = Int.random(in: 0..<10) == 0 ? Int.random(in: 0...200_000) : 10
        let answer = try await channel.unary(
            EchoService.Methods.echo,
            EchoRequest(
                payload: Array(repeating: 1, count: size),
                delayMs: .random(in: 0...3) == 0 ? .random(in: 0...500) : 0),
            options: CallOptions(
                timeout: timeout, waitForReady: .random(), retries: .random()))
        #expect(answer.payload.count == size)
    }

    private static func stream(_ channel: RPCChannel, _ timeout: Duration) async throws {
        var next: UInt64 = 0
        let count = UInt32.random(in: 0...300)
        let leave = UInt64.random(in: 0...600)
        for try await element in channel.serverStream(
            EchoService.Methods.echoStream,
            EchoStreamRequest(
                payload: Array(repeating: 1, count: .random(in: 0...5000)), count: count,
                intervalMs: .random(in: 0...3) == 0 ? .random(in: 0...20) : 0),
            options: CallOptions(
                timeout: timeout, waitForReady: .random(), initialCredit: .random(in: 1...100)))
        {
            #expect(element.index == next)
            next += 1
            if next == leave { return }
        }
        #expect(next == UInt64(count))
    }
}

import HoldfastBase
import Testing

@testable import HoldfastRPC
@testable import HoldfastRuntime
@testable import HoldfastWire

/// Held calls under callers that cancel, give up and leave, answered from another loop at random.
@Suite(.timeLimit(.minutes(5)), .serialized) struct HeldChaosTests {
    private static let duration = Duration.seconds(2)

    /// On another loop, and on that of half of the connections.
    @Test(arguments: [false, true])
    func everyCallIsAnsweredOnceAndNoSlotIsLost(isNear: Bool) async throws {
        let holder = try TestHolder(answersEnds: false)
        defer { holder.own.stop() }
        let server = try HeldCallTests.server(holder, loops: 2)
        defer { server.stop() }
        if isNear { holder.move(to: server.engine.loops[0]) }
        // A lost slot would go with its connection: this one stays.
        let lasting = try server.channel()
        defer { lasting.close() }
        let answering = Task {
            while !Task.isCancelled {
                holder.onLoop { Self.actAtRandom($0) }
                try? await Task.sleep(for: .microseconds(.random(in: 0...2000)))
            }
        }
        let end = ContinuousClock.now + Self.duration
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<3 {
                group.addTask {
                    repeat {
                        let channel = try number == 0 ? lasting : server.channel()
                        await Self.useChannel(channel, closes: number > 0, holder.log)
                    } while ContinuousClock.now < end
                }
            }
            try await group.waitForAll()
        }
        answering.cancel()
        // What is left, and what still comes, is answered.
        for _ in 0..<2000 {
            holder.answerAll()
            try await Task.sleep(for: .milliseconds(10))
            let levels = await server.engine.statistics()
            if levels.activeStreams + levels.parkedStreams == 0 { break }
        }
        #expect(holder.log.count("arrived") > 0, "\(holder.log.all)")
        #expect(holder.log.count("begun") == holder.log.count("over"))
        let statistics = await server.engine.statistics()
        #expect(statistics.activeStreams == 0 && statistics.parkedStreams == 0)
        #expect(holder.log.count("held") == holder.log.count("arrived"))
    }

    private static func actAtRandom(_ holder: TestHolder) {
        // More, the more there are: most of what has waited long was given up.
        var count = Int.random(in: 0...max(20, holder.order.count))
        while count > 0, !holder.order.isEmpty {
            count -= 1
            let place = Int.random(in: holder.order.indices)
            let entry = holder.order[place]
            if !entry.payload.isEmpty, entry.payload[0] == 0, Int.random(in: 0..<4) > 0 {
                holder.table.with(entry.id) {
                    $0.send(EchoStreamResponse(payload: entry.payload, index: 1))
                }
                continue
            }
            holder.order.remove(at: place)
            guard let call = holder.table.take(entry.id) else { continue }
            switch Int.random(in: 0..<10) {
            case 0: _ = consume call
            case 1: call.fail(RPCError(.aborted, "chaos"))
            default:
                if entry.payload.first == 0 {
                    call.finish()
                } else {
                    call.respond(EchoResponse(payload: entry.payload))
                }
            }
        }
    }

    /// Calls for a while, and may close the channel under its calls.
    private static func useChannel(
        _ channel: RPCChannel, closes: Bool, _ log: HandlerLog
    ) async {
        // A handshake takes its time where all tests run at once: the chaos begins after it.
        _ = try? await channel.unary(
            EchoService.Methods.echo, EchoRequest(payload: [1]),
            options: CallOptions(timeout: Patience.time, waitForReady: true))
        let closing = ContinuousClock.now + .milliseconds(.random(in: 100...800))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    while ContinuousClock.now < closing { await callOnce(channel, log) }
                }
            }
            try? await Task.sleep(until: closing)
            if closes { channel.close() }
        }
    }

    private static func callOnce(_ channel: RPCChannel, _ log: HandlerLog) async {
        log.note("begun")
        let task = Task { try await call(channel) }
        if Int.random(in: 0..<4) == 0 {
            try? await Task.sleep(for: .microseconds(.random(in: 0...10_000)))
            task.cancel()
        }
        switch await task.result {
        case .success: log.note("OK")
        case .failure(let error): log.note((error as? RPCError)?.code.name ?? "\(error)")
        }
        log.note("over")
        try? await Task.sleep(for: .microseconds(.random(in: 0...3000)))
    }

    private static func call(_ channel: RPCChannel) async throws {
        let options = CallOptions(
            timeout: .milliseconds(.random(in: 1...400)), retries: false,
            initialCredit: .random(in: 1...20))
        if Int.random(in: 0..<4) == 0 {
            let request = EchoStreamRequest(payload: [0] + [UInt8](repeating: 0, count: 100))
            for try await element in channel.serverStream(
                EchoService.Methods.echoStream, request, options: options)
            {
                #expect(element.payload == request.payload)
            }
        } else {
            let payload = (0..<8).map { _ in UInt8.random(in: 1...255) }
            let answer = try await channel.unary(
                EchoService.Methods.echo,
                EchoRequest(payload: payload, delayMs: .random(in: 0...1)), options: options)
            #expect(answer.payload == payload)
        }
    }
}

import Holdfast
import HoldfastBase
import HoldfastRPC
import HoldfastRuntime
import HoldfastSystem
import HoldfastTLS
import Synchronization

/// What one run of load measured.
struct LoadResult: Sendable {
    var operationsPerSecond = 0.0
    var p50Microseconds = 0.0
    var p99Microseconds = 0.0
    var serverMicroseconds = 0.0
    var clientMicroseconds = 0.0
    var failures = 0
}

/// Runs load against one server process and measures both ends.
struct LoadRunner {
    let server: ChildProcess
    let endpoint: Endpoint
    let certificates: DevelopmentCertificates
    let payloadBytes: Int
    let pin: Int?

    func context() throws -> TLSContext {
        try TLSReloader(
            clientFiles: TLSClientFiles(
                trustedCA: certificates.authority.certificate,
                certificateChain: certificates.client.certificate,
                privateKey: certificates.client.key)
        ).current
    }

    enum Wire {
        case bare
        case machine(method: String)

        static var echo: Wire { .machine(method: EchoService.Methods.echo.path) }
    }

    /// Drives `connections` connections with `depth` requests in flight each, on this thread.
    func drive(_ wire: Wire, connections: Int, depth: Int, seconds: Double) throws -> LoadResult {
        if let pin { try Threads.pin(to: pin) }
        let context = try context()
        let loads = try (0..<connections).map { _ -> LoadConnection in
            switch wire {
            case .bare:
                try BareLoad(to: endpoint, context: context, payloadBytes: payloadBytes)
            case .machine(let method):
                try MachineLoad(
                    to: endpoint, context: context, payloadBytes: payloadBytes, method: method)
            }
        }
        let poller = try Poller()
        for (index, load) in loads.enumerated() {
            try poller.add(load.descriptor.number, .readable, token: UInt64(index))
        }
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { unsafe scratch.deallocate() }
        for load in loads {
            let now = Clocks.now()
            load.begin(depth: depth, now: now)
            load.flush(now: now)
        }
        func spin(_ seconds: Double) {
            let end = Clocks.now() + Interval(nanoseconds: Int64(seconds * 1e9))
            while Clocks.now() < end {
                for index in 0..<poller.wait(milliseconds: 100) {
                    unsafe loads[Int(poller.event(index).token)].ready(scratch: scratch)
                }
            }
        }
        spin(min(0.2, seconds / 3))
        for load in loads { load.latencies = Histogram() }
        let meter = Meter(server)
        spin(seconds)
        var all = Histogram()
        for load in loads { all.add(load.latencies) }
        let failures = loads.reduce(0) { sum, load in
            sum + ((load as? MachineLoad)?.failures ?? 0) + (load.isBroken ? 1 : 0)
        }
        return meter.result(all, failures: failures)
    }

    /// Drives generated async clients: a task for each call in flight.
    func driveAsync(
        connections: Int, depth: Int, seconds: Double, onLoop: Bool
    ) async throws -> LoadResult {
        let configuration = ChannelConfiguration(
            endpoints: [endpoint], trustedCA: certificates.authority.certificate,
            certificate: certificates.client.certificate, privateKey: certificates.client.key)
        let loop = try EventLoop(name: "hf-bench")
        try loop.start(pinnedTo: pin)
        let channels = try (0..<connections).map { _ in try RPCChannel(configuration, loop: loop) }
        for channel in channels {
            _ = try await EchoServiceClient(channel).echo(EchoRequest())
        }
        let request = EchoRequest(payload: Array(repeating: 120, count: payloadBytes))
        let phase = LoadPhase()
        let result = await withTaskGroup(of: (Histogram, Int).self) { group in
            for channel in channels {
                for _ in 0..<depth {
                    let executor: (any TaskExecutor)? = onLoop ? loop : nil
                    group.addTask(executorPreference: executor) {
                        await Self.call(channel, request, phase)
                    }
                }
            }
            try? await Task.sleep(for: .seconds(min(0.2, seconds / 3)))
            let meter = Meter(server)
            phase.isMeasuring.store(true, ordering: .relaxed)
            try? await Task.sleep(for: .seconds(seconds))
            phase.isOver.store(true, ordering: .relaxed)
            let stopped = meter.stop()
            var all = Histogram()
            var failures = 0
            for await (part, failed) in group {
                all.add(part)
                failures += failed
            }
            return stopped.result(all, failures: failures)
        }
        for channel in channels { channel.close() }
        loop.stop()
        return result
    }

    private static func call(
        _ channel: RPCChannel, _ request: EchoRequest, _ phase: LoadPhase
    ) async -> (Histogram, Int) {
        let client = EchoServiceClient(channel)
        var latencies = Histogram()
        var failures = 0
        while !phase.isOver.load(ordering: .relaxed) {
            let begin = Clocks.now()
            do throws(RPCError) {
                let answer = try await client.echo(request)
                if answer.payload.count != request.payload.count { failures += 1 }
            } catch {
                failures += 1
            }
            if phase.isMeasuring.load(ordering: .relaxed) {
                latencies.add(nanoseconds: (Clocks.now() - begin).nanoseconds)
            }
        }
        return (latencies, failures)
    }
}

/// What the tasks of a run are told while they run.
private final class LoadPhase: Sendable {
    let isMeasuring = Atomic<Bool>(false)
    let isOver = Atomic<Bool>(false)
}

/// CPU time of both ends between two moments.
private struct Meter {
    private let server: ChildProcess
    private let begin: Instant
    private let serverBegin: Interval
    private let clientBegin: Interval
    private var end: (Instant, Interval, Interval)?

    init(_ server: ChildProcess) {
        self.server = server
        begin = Clocks.now()
        serverBegin = server.processorTime()
        clientBegin = Clocks.processorTime()
    }

    func stop() -> Meter {
        var copy = self
        copy.end = (Clocks.now(), server.processorTime(), Clocks.processorTime())
        return copy
    }

    func result(_ latencies: Histogram, failures: Int) -> LoadResult {
        let (end, serverEnd, clientEnd) =
            end ?? (Clocks.now(), server.processorTime(), Clocks.processorTime())
        let count = Double(max(1, latencies.count))
        return LoadResult(
            operationsPerSecond: count / (Double((end - begin).nanoseconds) / 1e9),
            p50Microseconds: latencies.microseconds(at: 0.5),
            p99Microseconds: latencies.microseconds(at: 0.99),
            serverMicroseconds: Double(serverEnd.nanoseconds - serverBegin.nanoseconds) / 1000
                / count,
            clientMicroseconds: Double(clientEnd.nanoseconds - clientBegin.nanoseconds) / 1000
                / count,
            failures: failures)
    }
}

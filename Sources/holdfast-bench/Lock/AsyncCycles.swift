import Holdfast
import HoldfastBase
import HoldfastRPC
import HoldfastRuntime
import HoldfastSystem
import HoldfastWire
import Synchronization

/// Takes and releases locks by the generated client: a Swift task for each worker.
struct AsyncCycles {
    let stage: LockStage

    func run(connections: Int, depth: Int, seconds: Double) async throws -> LockResult {
        let loop = try EventLoop(name: "hf-bench")
        try loop.start(pinnedTo: stage.pin)
        defer { loop.stop() }
        let channels = try (0..<connections).map { index in
            try RPCChannel(
                stage.configuration(of: index % stage.servers.count), loop: loop)
        }
        defer { for channel in channels { channel.close() } }
        for channel in channels { _ = try await EchoServiceClient(channel).echo(EchoRequest()) }
        let names = stage.names(connections * depth * 16)
        let phase = Phase()
        return await withTaskGroup(of: (Histogram, Histogram, Int).self) { group in
            for (index, channel) in channels.enumerated() {
                for worker in 0..<depth {
                    let first = (index * depth + worker) * 16
                    let own = Array(names[first..<(first + 16)])
                    group.addTask { await Self.work(LockServiceClient(channel), own, phase) }
                }
            }
            try? await Task.sleep(for: .seconds(min(0.2, seconds / 3)))
            let meter = stage.meter()
            phase.isMeasuring.store(true, ordering: .relaxed)
            try? await Task.sleep(for: .seconds(seconds))
            phase.isOver.store(true, ordering: .relaxed)
            var cycles = Histogram()
            var acquires = Histogram()
            var failures = 0
            for await part in group {
                cycles.add(part.0)
                acquires.add(part.1)
                failures += part.2
            }
            return meter.result(cycles, acquires, failures: failures)
        }
    }

    private static func work(
        _ locks: LockServiceClient, _ names: [String], _ phase: Phase
    ) async -> (Histogram, Histogram, Int) {
        var cycles = Histogram()
        var acquires = Histogram()
        var failures = 0
        var turn = 0
        while !phase.isOver.load(ordering: .relaxed) {
            let name = names[turn % names.count]
            turn += 1
            let began = Clocks.now()
            var held = began
            do throws(RPCError) {
                let answer = try await locks.acquire(AcquireRequest(names: [name]))
                held = Clocks.now()
                if case .held(let grant) = answer.outcome {
                    _ = try await locks.release(
                        ReleaseRequest(names: [name], grant: grant.grant, answered: true))
                } else {
                    failures += 1
                }
            } catch {
                failures += 1
            }
            guard phase.isMeasuring.load(ordering: .relaxed) else { continue }
            cycles.add(nanoseconds: (Clocks.now() - began).nanoseconds)
            acquires.add(nanoseconds: (held - began).nanoseconds)
        }
        return (cycles, acquires, failures)
    }

    /// What the tasks of a run are told while they run.
    private final class Phase: Sendable {
        let isMeasuring = Atomic<Bool>(false)
        let isOver = Atomic<Bool>(false)
    }
}

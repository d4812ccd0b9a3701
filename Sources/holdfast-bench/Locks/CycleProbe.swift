import HoldfastBase
import HoldfastRPC
import HoldfastSystem
import HoldfastTLS

/// `holdfast-bench cycles`: locks taken and given back over one connection to a server that runs
/// already, beside echo calls to the same server, in turns.
struct CycleProbe {
    let endpoint: Endpoint
    let files: TLSClientFiles
    let seconds: Double
    let rounds: Int
    let depth: Int

    func run() throws {
        let context = try TLSReloader(clientFiles: files).current
        var echoes: [Double] = []
        var cycles: [Double] = []
        var latency = Histogram()
        var failures = 0
        for round in 0..<rounds {
            let echo = try MachineLoad(to: endpoint, context: context, payloadBytes: 64)
            try drive(echo)
            echoes.append(Double(echo.latencies.count) / seconds)
            let cycle = try CycleLoad(
                to: endpoint, context: context,
                seed: UInt64(Clocks.wallNanoseconds()) &+ UInt64(round) << 40)
            try drive(cycle)
            cycles.append(Double(cycle.latencies.count) / seconds)
            latency.add(cycle.latencies)
            failures += echo.failures + cycle.failures
        }
        let echo = EchoBench.median(echoes)
        let rate = EchoBench.median(cycles)
        let ratio = EchoBench.median(zip(cycles, echoes).map { $0 / ($1 / 2) })
        print("echo calls/s      \(Report.number(echo, 0))")
        print("cycles/s          \(Report.number(rate, 0))")
        print("of half the echo  \(Report.number(ratio, 2))")
        print("p50 of a cycle    \(Report.number(latency.microseconds(at: 0.5), 1)) us")
        print("p99 of a cycle    \(Report.number(latency.microseconds(at: 0.99), 1)) us")
        print("failed            \(failures)")
    }

    private func drive(_ load: LoadConnection) throws {
        let poller = try Poller(eventsPerWait: 1)
        try poller.add(load.descriptor.number, .readable, token: 0)
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { unsafe scratch.deallocate() }
        let now = Clocks.now()
        load.begin(depth: depth, now: now)
        load.flush(now: now)
        for part in [min(0.2, seconds / 3), seconds] {
            load.latencies = Histogram()
            let end = Clocks.now() + Interval(nanoseconds: Int64(part * 1e9))
            while Clocks.now() < end, !load.isBroken {
                guard poller.wait(milliseconds: 5000) > 0 else {
                    throw BenchError("no answer in 5 s")
                }
                unsafe load.ready(scratch: scratch)
            }
        }
        guard !load.isBroken else { throw BenchError("the server closed the connection") }
    }
}

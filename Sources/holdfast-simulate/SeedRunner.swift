import Glibc
import HoldfastBase
import HoldfastSimulation
import HoldfastSystem

/// Runs a range of seeds on some processors, and says how far it is.
struct SeedRunner {
    let arguments: SimulateArguments
    private static let batch: UInt64 = 20

    /// Everything, or up to the first failure. The batches are taken in order.
    func run() async -> SeedBatch {
        let end = arguments.from + arguments.seeds
        var total = SeedBatch()
        let start = Clocks.now()
        var told = start
        await withTaskGroup(of: SeedBatch.self) { group in
            var next = arguments.from
            func add() {
                guard next < end else { return }
                let range = next..<min(next + Self.batch, end)
                next = range.upperBound
                group.addTask { [arguments] in
                    SeedBatch(
                        range, limits: arguments.limits, stopsAtFirst: arguments.stops)
                }
            }
            for _ in 0..<arguments.jobs { add() }
            while let done = await group.next() {
                total.add(done)
                if arguments.stops, !total.failures.isEmpty { continue }
                add()
                if !arguments.isQuiet, Clocks.now() - told > .seconds(2) {
                    told = Clocks.now()
                    progress(total, since: start)
                }
            }
        }
        return total
    }

    private func progress(_ total: SeedBatch, since start: Instant) {
        let seconds = Double((Clocks.now() - start).nanoseconds) / 1e9
        let rate = Int(Double(total.seeds) / seconds)
        Output.complain(
            "\(total.seeds) of \(arguments.seeds) seeds, \(rate) a second, "
                + "\(total.failures.count) failed; go on later with --from "
                + "\(arguments.from + UInt64(total.seeds))")
    }
}

/// The standard streams.
enum Output {
    static func complain(_ text: String) {
        let line = "holdfast-simulate: \(text)\n"
        _ = unsafe Array(line.utf8).withUnsafeBytes { bytes in
            unsafe write(2, bytes.baseAddress, bytes.count)
        }
    }
}

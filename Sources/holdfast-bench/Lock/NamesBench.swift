import Glibc
import HoldfastBase
import HoldfastRedis
import HoldfastSystem

/// Very many names, each taken and given back once: what the nodes and the server keep of them, and
/// whether that is gone when it is of no use any more.
struct NamesBench {
    private static let workers = 256
    /// A free record is kept for two minutes, and Redis looks for what has ended now and then.
    private static let patience = Interval.seconds(300)

    let stage: LockStage
    let names: Int
    let report: LockReport

    private struct Memory {
        /// Of one node, and how many keys it has.
        var node = 0.0
        var keys = 0.0
        var server = 0.0
    }

    func run() async throws {
        try await OwnThread.run { [self] in try measure() }
    }

    private func measure() throws {
        let floor = try memory()
        let began = Clocks.now()
        let load = try stage.connect(1) { _ in LockWork(names: [], freshPrefix: "names/") }[0]
        let spinner = try LoadSpinner([load])
        spinner.begin(depth: min(Self.workers, names))
        var peak = floor
        while load.latencies.count < names, !load.isBroken {
            spinner.spin(2) { load.latencies.count >= names }
            let now = try memory()
            peak.node = max(peak.node, now.node)
            peak.keys = max(peak.keys, now.keys)
            peak.server = max(peak.server, now.server)
        }
        load.end()
        spinner.spin(5) { load.isIdle }
        guard load.failures == 0, !load.isBroken else {
            throw BenchError("\(load.failures) cycles failed")
        }
        let seconds = Double((Clocks.now() - began).nanoseconds) / 1e9
        tell("taken", peak, floor, seconds)
        let (left, waited) = try untilForgotten(floor)
        tell("afterwards", left, floor, waited)
    }

    /// Until no node has more keys than before; what is kept then, and after how many seconds.
    private func untilForgotten(_ floor: Memory) throws -> (Memory, Double) {
        let began = Clocks.now()
        while true {
            let waited = Clocks.now() - began
            let left = try memory()
            let isGone = !stage.nodes.isEmpty && left.keys <= floor.keys
            let isLate = waited >= (stage.nodes.isEmpty ? .seconds(150) : Self.patience)
            if isGone || isLate { return (left, Double(waited.nanoseconds) / 1e9) }
            usleep(1_000_000)
        }
    }

    private func memory() throws -> Memory {
        var memory = Memory()
        for node in stage.nodes {
            let figures = try node.ask { node -> (bytes: Double, keys: Double) in
                let bytes = try node.info("memory")["used_memory"].flatMap { Double($0) }
                let answer = try node.ask(["DBSIZE"])
                guard case .integer(let keys) = answer else { return (bytes ?? 0, 0) }
                return (bytes ?? 0, Double(keys))
            }
            memory.node = max(memory.node, figures.bytes)
            memory.keys = max(memory.keys, figures.keys)
        }
        memory.server = Double(stage.servers[0].process.residentBytes())
        return memory
    }

    private func tell(_ what: String, _ memory: Memory, _ floor: Memory, _ seconds: Double) {
        let mebibyte = Double(1 << 20)
        report.facts(
            "names", "\(names) \(what)",
            [
                ("seconds", seconds, 0), ("node_keys", memory.keys, 0),
                ("node_mib", memory.node / mebibyte, 1),
                ("node_floor_mib", floor.node / mebibyte, 1),
                ("server_mib", memory.server / mebibyte, 1),
                ("server_floor_mib", floor.server / mebibyte, 1),
            ])
    }
}

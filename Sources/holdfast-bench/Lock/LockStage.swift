import HoldfastBase
import HoldfastRPC
import HoldfastSystem
import HoldfastTLS
import Synchronization

/// The nodes and servers of a run, and the ways to put load on them.
final class LockStage: Sendable {
    let nodes: [BenchNodeHandle]
    let servers: [BenchServer]
    let certificates: DevelopmentCertificates
    /// The processor of the client; the servers have the other, nodes go where there is room.
    let pin: Int?
    let folder: String
    private let batches = Atomic<Int>(0)

    /// - Parameter isClockOff: whether the clock of the second server is ahead; see `TurnsBench`.
    init(
        nodes: Int, servers: Int, isPinned: Bool, isClockOff: Bool = false,
        fsync: BenchNode.Fsync? = nil
    ) throws {
        certificates = try BenchFiles.certificates()
        folder = try BenchProcesses.makeFolder()
        pin = isPinned ? 1 : nil
        let folder = folder
        self.nodes = try (0..<nodes).map {
            try BenchNodeHandle(BenchNode(in: folder, number: $0, fsync: fsync))
        }
        let addresses = self.nodes.map(\.address)
        let certificates = certificates
        let ahead = isClockOff ? try TurnsBench.environment(in: folder) : []
        self.servers = try (0..<servers).map { number in
            try BenchServer(
                in: folder, number: number, nodes: addresses, certificates: certificates,
                pin: isPinned ? 0 : nil,
                environment: number == 1 ? ahead : [])
        }
    }

    func end() {
        for server in servers { BenchProcesses.end(server.process) }
        for node in nodes { BenchProcesses.end(node.process) }
    }

    func context() throws -> TLSContext {
        try TLSReloader(
            clientFiles: TLSClientFiles(
                trustedCA: certificates.authority.certificate,
                certificateChain: certificates.client.certificate,
                privateKey: certificates.client.key)
        ).current
    }

    func meter() -> LockMeter {
        LockMeter(servers: servers.map(\.process), nodes: nodes.map(\.process))
    }

    /// Names that no run before has used.
    func names(_ count: Int) -> [String] {
        let batch = batches.add(1, ordering: .relaxed).newValue
        return (0..<count).map { "bench/\(batch)/\($0)" }
    }

    /// Connects one load for each connection; connections take turns at the servers.
    func connect(_ connections: Int, _ work: (Int) -> LockWork) throws -> [LockLoad] {
        try connect(connections) { try LockLoad(to: $1, context: $2, work($0)) }
    }

    /// The same for loads of any kind.
    func connect<Load>(
        _ connections: Int, _ load: (Int, Endpoint, TLSContext) throws -> Load
    ) throws -> [Load] {
        let context = try context()
        return try (0..<connections).map { index in
            try load(index, servers[index % servers.count].endpoint, context)
        }
    }

    /// Drives loads from this thread: warms up, until they are ready, measures, and lets them give back
    /// what they hold.
    func drive(
        _ loads: [CallLoad], depth: Int, seconds: Double, whenReady isReady: () -> Bool = { true }
    ) throws -> LockResult {
        if let pin { try Threads.pin(to: pin) }
        let spinner = try LoadSpinner(loads)
        spinner.begin(depth: depth)
        spinner.spin(30, until: isReady)
        guard isReady() else { throw BenchError("the load is not ready after 30 seconds") }
        spinner.spin(min(0.2, seconds / 3))
        for load in loads { load.forgetFigures() }
        let meter = meter()
        spinner.spin(seconds)
        var cycles = Histogram()
        var acquires = Histogram()
        for load in loads {
            cycles.add(load.latencies)
            acquires.add(load.acquireLatencies)
        }
        let failures = loads.reduce(0) { $0 + $1.failures + ($1.isBroken ? 1 : 0) }
        let result = meter.result(cycles, acquires, failures: failures)
        for load in loads { load.end() }
        spinner.spin(1) { loads.allSatisfy(\.isIdle) }
        return result
    }

    /// The same load by the bare scripts.
    func driveBare(_ shape: BareScripts.Shape, seconds: Double) throws -> LockResult {
        if let pin { try Threads.pin(to: pin) }
        let bare = try BareScripts(nodes.map(\.port), names: names(4096), shape)
        var meter: LockMeter?
        try bare.run(warmUp: min(0.2, seconds / 3), seconds: seconds) { meter = self.meter() }
        let result = meter?.result(
            bare.cycleLatencies, bare.acquireLatencies, failures: bare.failures)
        guard var result else { throw BenchError("the bare loop did not run") }
        result.server = 0
        return result
    }
}

/// A node that may be named from any thread; asked only where nobody else asks.
final class BenchNodeHandle: Sendable {
    private let node: Mutex<BenchNode>
    let process: ChildProcess
    let port: Int

    init(_ node: sending BenchNode) {
        process = node.process
        port = node.port
        self.node = Mutex(node)
    }

    var address: String { "127.0.0.1:\(port)" }

    func ask<Answer: Sendable>(
        _ question: (BenchNode) throws -> sending Answer
    ) throws -> Answer {
        try node.withLock { try question($0) }
    }
}

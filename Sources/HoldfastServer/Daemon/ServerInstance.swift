package import HoldfastBase
internal import HoldfastPolicy
package import HoldfastRPC
internal import HoldfastSystem
internal import HoldfastTLS
package import HoldfastWire
internal import Synchronization

/// One running server: the engine with our services, and what may change while it runs.
///
/// starting → serving → draining → stopped. Certificates, policy, limits and the log level can be
/// read again at any time; a mistake in any of them is reported and what was in force stays.
package final class ServerInstance: Sendable {
    enum Stage: Sendable {
        case starting
        case serving
        case draining
    }

    struct State: Sendable {
        var configuration: ServerConfiguration
        var stage = Stage.starting
        var isDrainStarted = false
        /// What the last reload of the certificates failed with.
        var certificateError: TLSError?
    }

    let logger: Logger
    let gate: Gate
    let health: HealthBoard
    package let engine: ServerEngine
    let driver: BrainDriver
    let tls: TLSReloader
    let incarnation: [UInt8]
    let startedWallNanoseconds: Int64
    let started: Instant
    /// Reads the configuration again, from the places it came from.
    let readConfiguration: @Sendable () throws -> LoadedConfiguration
    let state: Mutex<State>
    /// One reload at a time: what an earlier one has read must not replace what a later one found.
    private let reloading = Mutex(())

    /// Reads certificates and policy and opens the sockets; serves from `start` on.
    package init(
        _ configuration: ServerConfiguration, logger: Logger, isClockManual: Bool = false,
        readConfiguration: @escaping @Sendable () throws -> LoadedConfiguration
    ) throws {
        self.logger = logger
        self.readConfiguration = readConfiguration
        startedWallNanoseconds = Clocks.wallNanoseconds()
        started = Clocks.now()
        incarnation = RequestID.random().bytes
        let files = try Self.certificateFiles(configuration, logger)
        let tls = try TLSReloader(serverFiles: files)
        self.tls = tls
        let gate = Gate(policy: try Self.policy(configuration), logger: logger)
        self.gate = gate
        state = Mutex(State(configuration: configuration))

        let box = TargetBox()
        let loops = try ServerEngine.makeLoops(configuration.loops)
        let health = HealthBoard()
        self.health = health
        driver = try Self.driver(
            configuration, on: loops[0], isClockManual, incarnation, logger, health)
        let driver = driver
        gate.onReplacement { driver.permissionsChanged() }
        var registry = ServiceRegistry()
        registry.intercept(with: GateInterceptor(gate: gate))
        EchoHandler(gate: gate).register(in: &registry)
        LockHandler(gate: gate, driver: driver).register(in: &registry)
        KeyHandler(gate: gate, driver: driver).register(in: &registry)
        SessionHandler(gate: gate, driver: driver).register(in: &registry)
        WatchHandler(gate: gate, driver: driver).register(in: &registry)
        ElectionHandler(gate: gate, driver: driver).register(in: &registry)
        AdminHandler { box.target }.register(in: &registry)
        HealthHandler(board: health).register(in: &registry)
        health.add(registry.services)
        let core = ServerCore(
            settings: Self.settings(configuration, incarnation: incarnation),
            entries: registry.entries,
            observer: ConnectionLog(logger: logger) { driver.connectionEnded($0) }
        ) { tls.current }
        do {
            engine = try ServerEngine(
                core: core, on: loops, listen: configuration.listen.map(\.description))
        } catch {
            throw SettingError(setting: "listen", error: error)
        }
        box.set(self)
    }

    /// Begins to accept.
    package func start() throws {
        // Before the first connection: the loop does it first.
        driver.start()
        try engine.start()
        guard beginServing() else { return }
        for address in engine.addresses {
            logger.log(
                .notice, "serving", in: "server",
                [
                    "address": .text(address), "node": .text(configuration.nodeID),
                    "version": .text(BuildInfo.version), "tls": .text(TLSLibrary.version),
                ])
        }
    }

    /// A signal to end may have come first: then nothing is served any more.
    private func beginServing() -> Bool {
        state.withLock { state in
            guard case .starting = state.stage else { return false }
            state.stage = .serving
            health.setAll(.serving)
            return true
        }
    }

    package var configuration: ServerConfiguration { state.withLock { $0.configuration } }
    package var addresses: [String] { engine.addresses }

    /// Drains and stops the engine; a second call while draining does nothing.
    package func drainAndStop(reason: String, grace: Interval?) async {
        guard beginDraining(reason) else { return }
        await engine.drainAndStop(
            reason: reason, grace: grace ?? configuration.limits.drainGrace)
    }

    private func beginDraining(_ reason: String) -> Bool {
        let isFirst = state.withLock { state in
            state.stage = .draining
            defer { state.isDrainStarted = true }
            if !state.isDrainStarted { health.setAll(.notServing) }
            return !state.isDrainStarted
        }
        if isFirst {
            logger.log(.notice, "draining", in: "server", ["reason": .text(reason)])
        }
        return isFirst
    }

    private static func settings(
        _ configuration: ServerConfiguration, incarnation: [UInt8]
    ) -> ServerProtocolSettings {
        ServerProtocolSettings(
            limits: configuration.limits, agent: "holdfastd/\(BuildInfo.version)",
            nodeID: configuration.nodeID, clusterID: configuration.clusterID,
            incarnation: incarnation)
    }

    private static func certificateFiles(
        _ configuration: ServerConfiguration, _ logger: Logger
    ) throws -> TLSServerFiles {
        let tls = configuration.tls
        if let certificate = tls.certificateFile, let key = tls.keyFile {
            return TLSServerFiles(
                certificateChain: certificate, privateKey: key, clientCA: tls.clientCAFile,
                requireClientCertificate: tls.requireClientCertificate)
        }
        try DataDirectory.make(configuration.dataDirectory)
        let directory = configuration.dataDirectory + "/dev-ca"
        let made = try DevelopmentCA.ensure(in: directory)
        let origin: String
        switch made.origin {
        case .found: origin = "found"
        case .made: origin = "made"
        case .replaced(let why, let kept):
            origin = "made anew"
            logger.log(
                .warning, "the development CA is of no use and was put aside", in: "tls",
                ["why": .text(why), "kept": .text(kept.joined(separator: " "))])
        }
        logger.log(
            .warning, "using a development CA; set tls.certificate and tls.key for production",
            in: "tls",
            [
                "directory": .text(directory), "origin": .text(origin),
                "ca": .text(made.authority.certificate),
                "client_certificate": .text(made.client.certificate),
                "client_key": .text(made.client.key),
            ])
        return TLSServerFiles(
            certificateChain: made.server.certificate, privateKey: made.server.key,
            clientCA: made.authority.certificate,
            requireClientCertificate: tls.requireClientCertificate)
    }

    /// Why the certificates and the policy that `configuration` names cannot be used. Makes nothing:
    /// a development CA, which is made at the start, is not looked at.
    static func fileProblems(_ configuration: ServerConfiguration, _ logger: Logger) -> [String] {
        var problems: [String] = []
        if configuration.tls.certificateFile != nil {
            do {
                let files = try certificateFiles(configuration, logger)
                problems += files.problems().map(\.description)
            } catch {
                problems.append("\(error)")
            }
        }
        do {
            _ = try policy(configuration)
        } catch {
            problems.append("\(error)")
        }
        return problems
    }

    private static func policy(_ configuration: ServerConfiguration) throws -> Policy? {
        guard let file = configuration.policyFile else { return nil }
        let bytes = try SmallFile.read(file, bytesMax: PolicyParser.bytesMax)
        return try Policy(bytes, file: file)
    }

    // MARK: Reloading

    /// Reads certificates, policy and changeable settings again; says what became of each.
    package func reloadAll() -> [String] {
        reloading.withLock { _ in reloadAlone() }
    }

    private func reloadAlone() -> [String] {
        var outcomes: [String] = []
        let before = configuration.tls
        do {
            let loaded = try readConfiguration()
            outcomes += apply(loaded.configuration)
        } catch {
            logger.log(
                .error, "the configuration was not reloaded", in: "config",
                ["error": .text("\(error)")])
            outcomes.append("settings: kept: \(Self.oneLine(error))")
        }
        outcomes.insert(reloadCertificates(before: before), at: 0)
        outcomes.append(reloadPolicy())
        return outcomes
    }

    /// As `reloadCertificates()`, from other files when the configuration names others now.
    private func reloadCertificates(before: ServerConfiguration.TLS) -> String {
        let fresh = configuration
        guard fresh.tls != before else { return reloadCertificates() }
        do {
            tls.use(serverFiles: try Self.certificateFiles(fresh, logger))
            return reloadCertificates()
        } catch {
            logger.log(
                .error, "the certificates were not replaced; those in force stay", in: "tls",
                ["error": .text("\(error)")])
            return "certificates: kept: \(error)"
        }
    }

    private func apply(_ fresh: ServerConfiguration) -> [String] {
        let before = configuration
        let fixed = Setting.table.filter { setting in
            !setting.isReloadable
                && setting.slot.text(in: before) != setting.slot.text(in: fresh)
        }
        var merged = fresh
        // What cannot change while running keeps the value it was started with.
        merged.listen = before.listen
        merged.opsListen = before.opsListen
        merged.nodeID = before.nodeID
        merged.clusterID = before.clusterID
        merged.loops = before.loops
        merged.dataDirectory = before.dataDirectory
        merged.tls.requireClientCertificate = before.tls.requireClientCertificate
        merged.tls.reloadInterval = before.tls.reloadInterval
        merged.logFormat = before.logFormat
        merged.redis = before.redis
        merged.cluster = before.cluster
        let taken = Self.keepProtection(of: before, in: &merged)
        state.withLock { $0.configuration = merged }
        // A level that an operator asked for by a call stays, unless the file says something new.
        if merged.logLevel != before.logLevel { logger.level = merged.logLevel }
        engine.core.settings = Self.settings(merged, incarnation: incarnation)
        driver.callsMax.store(merged.limits.lockCallsMax, ordering: .relaxed)
        let ignored = (fixed.map(\.key) + taken).map { "\($0): needs a restart" }
        return [before == merged ? "settings: unchanged" : "settings: replaced"] + ignored
    }

    /// A configuration that names no policy and no certificate any more is most likely half written,
    /// and would open the server to everybody: what protects it stays until the next start.
    ///
    /// - Returns: the keys whose values stayed.
    private static func keepProtection(
        of before: ServerConfiguration, in fresh: inout ServerConfiguration
    ) -> [String] {
        var kept: [String] = []
        if let policy = before.policyFile, fresh.policyFile == nil {
            fresh.policyFile = policy
            kept.append("policy.file")
        }
        if before.tls.certificateFile != nil, fresh.tls.certificateFile == nil {
            fresh.tls = before.tls
            kept += ["tls.certificate", "tls.key", "tls.client_ca"]
        }
        return kept
    }

    private func reloadPolicy() -> String {
        do {
            let policy = try Self.policy(configuration)
            guard policy?.digest ?? [] != gate.policyDigest else { return "policy: unchanged" }
            gate.replace(policy)
            logger.log(.notice, "policy replaced", in: "policy")
            return "policy: replaced"
        } catch {
            logger.log(
                .error, "the policy was not replaced; the one in force stays", in: "policy",
                ["error": .text("\(error)")])
            return "policy: kept: \(Self.oneLine(error))"
        }
    }

    /// Several mistakes stand one a line.
    private static func oneLine(_ error: any Error) -> String {
        "\(error)".split(separator: "\n").joined(separator: "; ")
    }

    /// Reads the certificates again; for the admin call, the signal, and changes of the files.
    ///
    /// - Parameter isByItself: nobody has asked: an error that is in the log already is not said again.
    func reloadCertificates(isByItself: Bool = false) -> String {
        let outcome = tls.reload()
        var failure: TLSError?
        if case .kept(let error) = outcome { failure = error }
        let known = state.withLock { [failure] state in
            defer { state.certificateError = failure }
            return state.certificateError
        }
        switch outcome {
        case .unchanged: return "certificates: unchanged"
        case .replaced(let facts):
            logger.log(
                .notice, "certificates replaced", in: "tls",
                ["not_after_ms": .number(facts.leaf?.notAfterMilliseconds ?? 0)])
            return "certificates: replaced"
        case .kept(let error):
            if !isByItself || error != known {
                logger.log(
                    .error, "the certificates were not replaced; those in force stay", in: "tls",
                    ["error": .text(error.description)])
            }
            return "certificates: kept: \(error)"
        }
    }
}

extension ServerInstance: AdminTarget {
    package var limits: Limits { configuration.limits }

    package func connections() async -> [ConnectionDescription] { await engine.connections() }

    package func streams(of connection: UInt64?, max: Int) async -> [StreamDescription] {
        await engine.streams(of: connection, max: max)
    }

    package func beginDrain(reason: String, grace: Interval?) async -> Int {
        guard beginDraining(reason) else { return 0 }
        let grace = grace ?? configuration.limits.drainGrace
        let count = await engine.statistics().connectionsOpen
        // In a task of its own: the answer must leave before its connection is drained.
        Task { [engine] in await engine.drainAndStop(reason: reason, grace: grace) }
        return count
    }

    package func reload() async -> [String] { reloadAll() }

    package func setLogLevel(_ name: String) -> String? {
        guard let level = LogLevel(rawValue: name) else { return nil }
        let previous = logger.level
        logger.level = level
        return previous.rawValue
    }

    package func serverInfo() async -> GetServerInfoResponse {
        let statistics = await engine.statistics()
        let (configuration, stage) = state.withLock { ($0.configuration, $0.stage) }
        let facts = tls.current.facts
        var info = GetServerInfoResponse()
        info.version = BuildInfo.version
        info.nodeId = configuration.nodeID
        info.clusterId = configuration.clusterID
        info.incarnation = incarnation
        info.startedAtUnixMs = UInt64(clamping: startedWallNanoseconds / 1_000_000)
        info.uptimeMs = UInt64(clamping: (Clocks.now() - started).millisecondsRoundedUp)
        info.state =
            switch stage {
            case .starting: .starting
            case .serving: .serving
            case .draining: .draining
            }
        info.connections = UInt32(clamping: statistics.connectionsOpen)
        info.activeStreams = UInt32(clamping: statistics.activeStreams)
        info.parkedStreams = UInt32(clamping: statistics.parkedStreams)
        info.callsTotal = statistics.callsTotal
        info.loops = UInt32(clamping: configuration.loops)
        info.tlsLibrary = TLSLibrary.version
        info.certificateIdentity = facts.leaf?.identity?.text ?? ""
        info.certificateNotAfterUnixMs = UInt64(clamping: facts.leaf?.notAfterMilliseconds ?? 0)
        info.policySha256 = gate.policyDigest
        info.logLevel = logger.level.rawValue
        info.residentBytes = ProcessStatus.now()?.residentBytes ?? 0
        info.processId = UInt64(clamping: Processes.current)
        return info
    }
}

/// Breaks the circle between the handlers, made first, and the server they ask.
private final class TargetBox: Sendable {
    private struct Reference: Sendable {
        weak var target: ServerInstance?
    }

    private let reference = Mutex(Reference())

    var target: ServerInstance? { reference.withLock { $0.target } }

    func set(_ target: ServerInstance) {
        reference.withLock { $0.target = target }
    }
}

internal import Glibc
internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastRuntime
internal import HoldfastSystem
internal import HoldfastTLS
internal import Synchronization

/// What stands beside the serving loops: signals, the ops listener, the manager's watchdog, and the
/// look at the certificate files every few seconds.
final class ControlLoop: LoopSource, @unchecked Sendable {
    // `@unchecked Sendable`: touched on its loop only, once it runs, and atomics.

    /// How long the serving loops may take to answer before the server counts as stuck.
    private static let patience = Duration.seconds(2)
    private static let signalEcho = Interval.milliseconds(200)

    private let instance: ServerInstance
    private let notifier: ServiceNotifier
    private let isTerminating = Atomic<Bool>(false)
    private let isStoppingTold = Atomic<Bool>(false)
    private let question: SharedQuestion<Counted>
    private let registry = MetricRegistry()
    private var loop: EventLoop?
    private var token = LoopToken.none
    private var filesDue = Instant.zero
    private var terminated = Instant.zero

    init(instance: ServerInstance, notifier: ServiceNotifier) {
        self.instance = instance
        self.notifier = notifier
        question = SharedQuestion(patience: Self.patience) { [instance] in
            Counted(
                statistics: await instance.engine.statistics(),
                coordination: await instance.coordination())
        }
        registry.addProcessMetrics()
        addServerMetrics()
    }

    /// Opens the ops listeners, takes up the signals, and begins.
    func start(_ signals: consuming SignalQueue) throws {
        let loop = try EventLoop(name: "hf-control")
        self.loop = loop
        let source = SignalSource(signals, loop: loop) { [self] signal in received(signal) }
        var listeners: [OpsListener] = []
        for address in instance.configuration.opsListen {
            for found in try SocketAddress.resolve(
                host: address.host, port: Int(address.port), passive: true)
            {
                do {
                    listeners.append(
                        try OpsListener(at: found, loop: loop) { [self] in await facts() })
                } catch {
                    throw SettingError(setting: "ops_listen", error: error)
                }
            }
        }
        for listener in listeners {
            instance.logger.log(
                .notice, "answering probes", in: "ops",
                ["address": .text(listener.address.description)])
        }
        let ready = listeners
        loop.post { [self] loop in
            source.begin()
            for listener in ready { listener.begin() }
            token = loop.register(self)
            loop.setTimer(token, at: loop.now + period)
        }
        try loop.start()
    }

    /// Tells the manager once, whoever began the drain.
    private func tellStopping() {
        if !isStoppingTold.exchange(true, ordering: .relaxed) { notifier.send(.stopping) }
    }

    private var isDraining: Bool { instance.state.withLock { $0.stage == .draining } }

    /// Not behind STOPPING: a signal to end may have come while the server started.
    func announceReady() {
        loop?.post { [self] _ in
            guard !isStoppingTold.load(ordering: .relaxed) else { return }
            let addresses = instance.addresses.joined(separator: ", ")
            notifier.send(.ready, .status("serving on \(addresses)"))
        }
    }

    func stop() {
        tellStopping()
        loop?.stop()
    }

    private var period: Interval {
        min(.seconds(1), notifier.watchdogPeriod ?? .seconds(1))
    }

    func timerFired() {
        guard let loop else { return }
        loop.setTimer(token, at: loop.now + period)
        instance.logger.flush()
        watchFiles(loop.now)
        if isDraining { tellStopping() }
        guard notifier.watchdogPeriod != nil else { return }
        // The watchdog speaks for the serving loops, not for this one.
        Task { [self] in
            if await question.ask() != nil { notifier.send(.watchdog) }
        }
    }

    private func watchFiles(_ now: Instant) {
        let interval = instance.configuration.tls.reloadInterval
        guard interval > .zero, filesDue <= now else { return }
        filesDue = now + interval
        guard instance.tls.filesChanged() else { return }
        // Building a context takes milliseconds; it must not happen on a serving loop either.
        _ = instance.reloadCertificates(isByItself: true)
    }

    // MARK: Signals

    private func received(_ signal: SignalQueue.Signal) {
        switch signal {
        case .hangUp:
            // READY behind STOPPING would say that callers are served again.
            // A signal to end is obeyed in a task, which may not have begun to drain yet.
            guard !isDraining, !isTerminating.load(ordering: .relaxed) else { return }
            notifier.send(.reloading)
            let changes = instance.reloadAll().filter { !$0.hasSuffix(": unchanged") }
            for outcome in changes.isEmpty ? ["nothing has changed"] : changes {
                instance.logger.log(
                    .notice, "reloaded", in: "config", ["outcome": .text(outcome)])
            }
            notifier.send(.ready)
        case .terminate, .interrupt:
            if isTerminating.exchange(true, ordering: .relaxed) {
                // A supervisor that signals the process and its group means one signal, not two.
                guard terminated + Self.signalEcho <= Clocks.now() else { return }
                instance.logger.log(.warning, "stopping at once", in: "server")
                instance.logger.flush()
                instance.engine.stop()
                return
            }
            terminated = Clocks.now()
            tellStopping()
            Task { [instance] in
                await instance.drainAndStop(reason: "the server is stopping", grace: nil)
            }
        // Not asked for.
        case .quit, .user1, .user2, .childChanged, .proceed, .windowChanged: break
        }
    }

    // MARK: Facts

    /// What the loops have counted.
    private struct Counted: Sendable {
        var statistics: ServerStatistics
        var coordination: CoordinationFacts?
    }

    private func facts() async -> OpsFacts {
        let counted = await question.ask()
        let statistics = counted?.statistics
        let coordination = counted?.coordination
        let stage = instance.state.withLock { $0.stage }
        let notAfter = instance.tls.current.facts.leaf?.notAfterMilliseconds ?? .max
        let isValid = notAfter > Clocks.wallNanoseconds() / 1_000_000
        return OpsFacts(
            isLive: statistics != nil,
            checks: [
                OpsFacts.Check(
                    "serving", isGood: stage == .serving,
                    detail: stage == .serving ? "" : "\(stage)"),
                OpsFacts.Check(
                    "certificate", isGood: isValid, detail: isValid ? "" : "expired"),
                Self.quorum(coordination),
            ]
        ) { [self] in
            var text = MetricText()
            if let statistics {
                ServerMetrics(
                    statistics: statistics, methods: instance.engine.core.entries.map(\.path)
                ).write(into: &text)
            }
            if let coordination { CoordinationMetrics(facts: coordination).write(into: &text) }
            return text.text + registry.exposition()
        }
    }

    private static func quorum(_ facts: CoordinationFacts?) -> OpsFacts.Check {
        guard let facts else {
            return OpsFacts.Check("quorum", isGood: false, detail: "not known")
        }
        return OpsFacts.Check(
            "quorum", isGood: facts.hasQuorum,
            detail: facts.hasQuorum
                ? "" : "\(facts.voters) of \(facts.nodes.count) nodes vote")
    }

    private func addServerMetrics() {
        let instance = instance
        registry.value(
            "holdfast_tls_certificate_not_after_seconds",
            help: "End of the server's certificate, in seconds since 1970."
        ) {
            instance.tls.current.facts.leaf.map { Double($0.notAfterMilliseconds) / 1000 }
        }
        registry.value(
            "holdfast_tls_reloads_total", help: "Times the certificates were replaced.",
            isCounter: true
        ) { Double(instance.tls.generation) }
        registry.value(
            "holdfast_policy_denials_total", help: "Calls the policy refused.", isCounter: true
        ) { Double(instance.gate.denials) }
        registry.value(
            "holdfast_log_lines_suppressed_total", help: "Log lines left out for being too many.",
            isCounter: true
        ) { Double(instance.logger.counters.suppressed) }
        registry.value(
            "holdfast_log_audit_dropped_total", help: "Audit lines that were lost.",
            isCounter: true
        ) { Double(instance.logger.counters.auditDropped) }
        registry.value("holdfast_server_draining", help: "1 while the server drains.") {
            instance.state.withLock { $0.stage == .draining ? 1 : 0 }
        }
    }
}

internal import Glibc
internal import HoldfastBase
internal import HoldfastPolicy
internal import HoldfastRPC
internal import HoldfastRuntime
internal import HoldfastSettings
internal import HoldfastSystem
internal import Synchronization

/// The program `holdfastd`: reads what it is told, serves, and obeys signals.
package struct HoldfastDaemon: Sendable {
    private static let configurationBytesMax = 1 << 20

    private static let signals: [SignalQueue.Signal] = [.terminate, .interrupt, .hangUp]

    private let arguments: [String]
    private let environment: [(name: String, value: String)]

    package init(arguments: [String], environment: [(name: String, value: String)]) {
        self.arguments = arguments
        self.environment = environment
    }

    /// Runs to the end on the first thread of the process, before any other is started (they inherit
    /// that signals do not interrupt them), and returns the exit status: 0 ended as asked, 1 failed,
    /// 2 told wrongly.
    package func run() -> Int32 {
        Processes.fillStandardStreams()
        SignalQueue.block(Self.signals)
        Threads.blockSIGPIPE()
        return FirstThread.run { await obey() }
    }

    private func obey() async -> Int32 {
        let parsed: ParsedArguments
        let command: ServerCommand
        do {
            switch try ArgumentParser(ServerCommand.arguments).parse(arguments) {
            case .help(let text):
                return say(text)
            case .version: return say("holdfastd \(BuildInfo.version)\n")
            case .run(let run): parsed = run
            }
            command = try ServerCommand(parsed)
        } catch {
            complain("\(error)\nRun holdfastd --help for what it understands.")
            return ArgumentError.exitStatus
        }
        switch command {
        case .checkPolicy(let file): return checkPolicy(file)
        case .explainPolicy(let file, let principal, let permission):
            return explainPolicy(file, principal, permission)
        case .serve, .checkConfiguration, .showConfiguration: break
        }
        let loaded: LoadedConfiguration
        do {
            loaded = try Self.load(parsed, environment)
        } catch {
            // A file that is not there is as wrong as one with mistakes.
            complain("\(error)")
            return 2
        }
        do {
            return try await run(command, loaded, parsed)
        } catch {
            complain("\(error)")
            return 1
        }
    }

    private func run(
        _ command: ServerCommand, _ loaded: LoadedConfiguration, _ parsed: ParsedArguments
    ) async throws -> Int32 {
        switch command {
        case .showConfiguration: return say(loaded.shown)
        case .checkConfiguration: return check(loaded)
        case .serve, .checkPolicy, .explainPolicy:
            return try await serve(loaded, parsed)
        }
    }

    // MARK: Serving

    private func serve(
        _ loaded: LoadedConfiguration, _ parsed: ParsedArguments
    ) async throws -> Int32 {
        let signals = try SignalQueue(Self.signals)
        Processes.raiseDescriptorsMax()
        let configuration = loaded.configuration
        let logger = Logger.standardError(
            level: configuration.logLevel, format: configuration.logFormat)
        for warning in loaded.warnings {
            logger.log(.warning, "configuration", in: "config", ["warning": .text(warning)])
        }
        let environment = environment
        let isClockManual = parsed.isOn("manual-clock")
        if isClockManual, !configuration.redis.nodes.isEmpty {
            complain(
                "--manual-clock goes with the node in memory: Redis nodes have their own clocks")
            return 2
        }
        if isClockManual {
            logger.log(
                .warning, "time passes only by AdvanceClock; nothing but tests wants that",
                in: "config")
        }
        let instance = try ServerInstance(
            configuration, logger: logger, isClockManual: isClockManual
        ) {
            try Self.load(parsed, environment)
        }
        let control = ControlLoop(
            instance: instance, notifier: ServiceNotifier(environment: environment))
        try control.start(signals)
        try instance.start()
        control.announceReady()
        await instance.engine.waitUntilStopped()
        control.stop()
        logger.log(.notice, "stopped", in: "server")
        logger.flush()
        return 0
    }

    // MARK: Configuration

    private static func load(
        _ parsed: ParsedArguments, _ environment: [(name: String, value: String)]
    ) throws -> LoadedConfiguration {
        var sources = ConfigurationSources()
        if let file = ServerCommand.file(parsed, environment: environment) {
            sources.file = (
                name: file, bytes: try SmallFile.read(file, bytesMax: configurationBytesMax)
            )
        }
        sources.environment = environment
        sources.flags = parsed.options
        sources.hostName = Processes.hostName
        return try ConfigurationLoader.load(sources)
    }

    private func check(_ loaded: LoadedConfiguration) -> Int32 {
        for warning in loaded.warnings { complain("warning: \(warning)") }
        let logger = Logger.standardError(level: .error, format: .text)
        let problems = ServerInstance.fileProblems(loaded.configuration, logger)
        for problem in problems { complain(problem) }
        guard problems.isEmpty else { return 2 }
        return say("the configuration is valid\n")
    }

    // MARK: Policy

    private func checkPolicy(_ file: String) -> Int32 {
        do {
            let bytes = try SmallFile.read(file, bytesMax: PolicyParser.bytesMax)
            _ = try Policy(bytes, file: file)
            return say("the policy is valid\n")
        } catch {
            complain("\(error)")
            return 2
        }
    }

    private func explainPolicy(
        _ file: String, _ principal: String, _ permission: Permission
    ) -> Int32 {
        do {
            let bytes = try SmallFile.read(file, bytesMax: PolicyParser.bytesMax)
            let policy = try Policy(bytes, file: file)
            let isSaid = say(policy.explain(principal, permission) + "\n")
            guard isSaid == 0 else { return isSaid }
            return policy.decide(principal, [permission]) == .allowed ? 0 : 6
        } catch {
            complain("\(error)")
            return 2
        }
    }

    /// Prints an answer; returns the exit status, which is 1 when it did not arrive.
    private func say(_ text: String) -> Int32 {
        guard let error = Processes.write(text, to: STDOUT_FILENO) else { return 0 }
        // A reader of a pipe that has gone knows what it does.
        if error.code != EPIPE { complain("\(error)") }
        return 1
    }

    private func complain(_ text: String) {
        _ = Processes.write("holdfastd: \(text)\n", to: STDERR_FILENO)
    }
}

internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastSettings
internal import HoldfastWire

/// The program `holdfastctl`: reads what it is told, asks, prints, and says how it went.
package struct ControlProgram: Sendable {
    private let arguments: [String]
    private let environment: [(name: String, value: String)]
    private let console: Console
    private let files: FileAccess
    private let host: ProcessHost
    private let screen: Screen?

    package init(
        arguments: [String], environment: [(name: String, value: String)], console: Console,
        files: FileAccess, host: ProcessHost, screen: Screen?
    ) {
        self.arguments = arguments
        self.environment = environment
        self.console = console
        self.files = files
        self.host = host
        self.screen = screen
    }

    /// Runs until it is done or its task is cancelled, and says what to end with: one of
    /// `ExitStatus`, or the status of the program that `lock run` has run.
    package func run() async -> Int32 {
        var command: ControlCommand
        let settings: ControlSettings
        do {
            switch try ArgumentParser(ControlArguments.root).parse(arguments) {
            case .help(let text): return printed(text)
            case .version: return printed("holdfastctl \(BuildInfo.version)\n")
            case .run(let parsed):
                command = try ControlCommand(parsed)
                if case .local(let local) = command {
                    let runner = LocalRunner(
                        parsed: parsed, environment: environment, console: console, files: files)
                    return try runner.run(local).rawValue
                }
                settings = try ControlSettings(
                    parsed, environment: environment,
                    contexts: try LocalRunner.contexts(environment, files), exists: console.exists)
                try Self.checkTarget(command, settings)
                command = command.within(settings.namespace)
            }
        } catch {
            return misused("\(error)").rawValue
        }
        noteVariables(settings.isVerbose)
        if settings.isVerbose {
            for note in settings.notes { complain(note) }
            complain("endpoints: \(settings.endpoints.map(\.description).joined(separator: ", "))")
        }
        if case .lock(.run(let command)) = command { return await run(command, settings) }
        return await run(command, settings).rawValue
    }

    private func printed(_ text: String) -> Int32 {
        (console.print(text) ? ExitStatus.ok : .failure).rawValue
    }

    private func run(_ command: LockRunCommand, _ settings: ControlSettings) async -> Int32 {
        do throws(RPCError) {
            return await (try LockRunner(command, settings, console, host)).run()
        } catch {
            let complaint = Complaint(error, settings)
            console.complain(complaint.text(settings.form, console.complaintPaint))
            return ExitStatus(error).rawValue
        }
    }

    private func run(_ command: ControlCommand, _ settings: ControlSettings) async -> ExitStatus {
        do {
            let session = try ControlSession(
                settings, console, files, screen, caption: host.caller())
            defer { session.close() }
            return try await session.run(command)
        } catch is ReaderGone {
            return .failure
        } catch let error as RPCError {
            if Task.isCancelled, error.code == .cancelled { return .interrupted }
            let complaint = Complaint(error, settings)
            console.complain(complaint.text(settings.form, console.complaintPaint))
            return ExitStatus(error)
        } catch is CancellationError {
            return .interrupted
        } catch let error as ArgumentError {
            // What only a description of the call could tell.
            return misused("\(error)")
        } catch {
            complain("\(error)")
            return .failure
        }
    }

    /// Of several servers, one is picked at random: no way to change one.
    private static func checkTarget(
        _ command: ControlCommand, _ settings: ControlSettings
    ) throws(ArgumentError) {
        guard command.changesServer, settings.endpoints.count > 1 else { return }
        throw ArgumentError(
            "this changes one server, and \(settings.endpoints.count) are given: "
                + "say which one with a single --endpoint")
    }

    /// What was typed cannot be meant.
    private func misused(_ text: String) -> ExitStatus {
        switch ControlSettings.form(words: arguments, environment) {
        case .table: complain(text)
        case .json, .jsonl:
            let error = RPCError(.invalidArgument, text, reason: "USAGE", isNotProcessed: true)
            let complaint = Complaint(error, endpoints: [])
            console.complain(complaint.text(.json, console.complaintPaint))
        }
        return .usage
    }

    /// Variables of other programs of ours, or of what `lock run` tells its command.
    private static let foreignVariables = ["HOLDFAST_LOCK", "HOLDFAST_FENCE", "HOLDFAST_GRANT"]

    /// Says of variables that look as if they were meant for us that they are not used.
    private func noteVariables(_ isVerbose: Bool) {
        let mark = "HOLDFAST_"
        let known = ControlKey.allCases.map(\.variable) + ["HOLDFAST_CONTEXT", "HOLDFAST_CONTEXTS"]
        let names = known.map { String($0.dropFirst(mark.count)) }
        for (name, value) in environment where name.hasPrefix(mark) && !value.isEmpty {
            guard !known.contains(name), !Self.foreignVariables.contains(name) else { continue }
            let near = Suggestion.nearest(to: String(name.dropFirst(mark.count)), among: names)
            if let near {
                complain("\(HumanText.foreign(name)) is not used; did you mean \(mark)\(near)?")
            } else if isVerbose {
                complain("\(HumanText.foreign(name)) is not used")
            }
        }
    }

    private func complain(_ text: String) {
        console.complain(console.complaintPaint.apply(.bad, "holdfastctl: ") + text + "\n")
    }
}

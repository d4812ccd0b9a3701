internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastWire

/// The program `holdfastctl`: reads what it is told, asks, prints, and says how it went.
package struct ControlProgram: Sendable {
    private let arguments: [String]
    private let environment: [(name: String, value: String)]
    private let console: Console

    package init(
        arguments: [String], environment: [(name: String, value: String)], console: Console
    ) {
        self.arguments = arguments
        self.environment = environment
        self.console = console
    }

    /// Runs until it is done or its task is cancelled.
    package func run() async -> ExitStatus {
        let command: ControlCommand
        let settings: ControlSettings
        do {
            switch try ArgumentParser(ControlArguments.root).parse(arguments) {
            case .help(let text): return console.print(text) ? .ok : .failure
            case .version:
                return console.print("holdfastctl \(BuildInfo.version)\n") ? .ok : .failure
            case .run(let parsed):
                command = try ControlCommand(parsed)
                if command == .version(isClientOnly: true) {
                    let form = ControlSettings.form(parsed, environment)
                    let answer = VersionAnswer.make(server: nil, endpoint: "")
                    return console.print(answer.text(form, console.surface)) ? .ok : .failure
                }
                settings = try ControlSettings(
                    parsed, environment: environment, exists: console.exists)
                try Self.checkTarget(command, settings)
            }
        } catch {
            complain("\(error)")
            return .usage
        }
        if settings.isVerbose {
            for note in settings.notes { complain(note) }
            complain("endpoints: \(settings.endpoints.map(\.description).joined(separator: ", "))")
        }
        return await run(command, settings)
    }

    private func run(_ command: ControlCommand, _ settings: ControlSettings) async -> ExitStatus {
        do {
            let session = try ControlSession(settings, console)
            defer { session.close() }
            return try await session.run(command)
        } catch is ReaderGone {
            return .failure
        } catch let error as RPCError {
            if Task.isCancelled, error.code == .cancelled { return .interrupted }
            let complaint = Complaint(error, endpoints: settings.endpoints)
            console.complain(complaint.text(settings.form, console.complaintPaint))
            return ExitStatus(error)
        } catch is CancellationError {
            return .interrupted
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

    private func complain(_ text: String) {
        console.complain(console.complaintPaint.apply(.bad, "holdfastctl: ") + text + "\n")
    }
}

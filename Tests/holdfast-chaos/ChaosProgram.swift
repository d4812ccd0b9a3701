import Foundation
import HoldfastBase
import HoldfastSettings
import HoldfastSimulation
import HoldfastTestChaos
import Synchronization

/// The program behind tools/chaos, and the callers that are processes.
struct ChaosProgram {
    private let arguments: [String]

    init(_ arguments: [String]) { self.arguments = arguments }

    private static let command = ArgumentCommand(
        "tools/chaos",
        summary: "Runs three redis-servers, two holdfastd and callers, does harm to them as a seed "
            + "says, and holds what the callers saw against what is promised.",
        discussion:
            "Builds what it runs first, in release; HOLDFAST_CHAOS_BUILD=debug builds with debug\n"
            + "checks, in which what must not happen traps.",
        options: [
            ArgumentOption("seconds", .value("N"), help: "How long harm is done; 30."),
            ArgumentOption("seed", .value("S"), help: "What is done; 1."),
            ArgumentOption("callers", .value("N"), help: "Callers in this process; 8."),
            ArgumentOption(
                "fault", .values("NAME"), help: "Only these faults; can be given several times."),
            ArgumentOption(
                "aof", .value("HOW"),
                help: "What nodes write: always (each answer is on the disk), everysec or none; "
                    + "always."),
            ArgumentOption(
                "keep", .value("DIR"),
                help: "Leaves histories, logs and data there; it must not exist."),
            ArgumentOption("list", help: "Lists the faults and ends."),
        ],
        footer:
            "Progress goes to standard error, one line for each fault; the last line of standard\n"
            + "output is the verdict. Ctrl-C ends the harm and has the run judged. The status is\n"
            + "0 when all is well, 1 after a violation or when something never healed, 2 for a\n"
            + "mistake in the arguments.")

    func run() async -> Int32 {
        if arguments.first == "caller" { return await beCaller() }
        do {
            switch try ArgumentParser(Self.command).parse(arguments) {
            case .help(let text):
                print(text, terminator: "")
                return 0
            case .version:
                print("tools/chaos \(BuildInfo.version)")
                return 0
            case .run(let parsed):
                if parsed.isOn("list") {
                    for fault in FaultKind.allCases {
                        let gap = String(repeating: " ", count: 18 - fault.rawValue.count)
                        print(fault.rawValue + gap + fault.summary)
                    }
                    return 0
                }
                return await run(try plan(parsed))
            }
        } catch {
            complain("tools/chaos: \(error)")
            return 2
        }
    }

    private func plan(_ parsed: ParsedArguments) throws -> ChaosRun {
        var run = ChaosRun()
        run.length = .seconds(Int64(try number(parsed, "seconds", 30, 1...604_800)))
        run.seed = try number(parsed, "seed", 1, 0...UInt64.max)
        run.callers = Int(try number(parsed, "callers", 8, 1...500))
        if let text = parsed.value("aof") {
            guard let persistence = RedisProcess.Persistence(rawValue: text) else {
                throw ArgumentError("--aof is always, everysec or none")
            }
            run.persistence = persistence
        }
        let names = parsed.values("fault")
        if !names.isEmpty {
            run.faults = try names.map { name in
                guard let fault = FaultKind(rawValue: name) else {
                    throw ArgumentError("there is no fault \"\(name)\"; see --list")
                }
                return fault
            }
        }
        run.folder = parsed.value("keep")
        if let folder = run.folder, FileManager.default.fileExists(atPath: folder) {
            throw ArgumentError("\(folder) exists already")
        }
        run.report = complain
        run.isAsked = Self.isAsked
        return run
    }

    private func number(
        _ parsed: ParsedArguments, _ name: String, _ preset: UInt64, _ range: ClosedRange<UInt64>
    ) throws -> UInt64 {
        guard let text = parsed.value(name) else { return preset }
        guard let number = UInt64(text), range.contains(number) else {
            throw ArgumentError("--\(name) is a number from \(range.lowerBound)")
        }
        return number
    }

    private func run(_ plan: ChaosRun) async -> Int32 {
        if !RedisProcess.canMount { complain("no right to mount a small disk: no fillDisk") }
        let head = "chaos: seed \(plan.seed), aof \(plan.persistence.rawValue)"
        do {
            let verdict = try await plan.run()
            for report in verdict.reports where !report.isClean { print(report) }
            print("\(head): \(verdict.isClean ? "clean" : "VIOLATIONS"): \(verdict.summary)")
            return verdict.isClean ? 0 : 1
        } catch {
            print("\(head): FAILED: \(error)")
            return 1
        }
    }

    private func complain(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }

    // MARK: A caller

    private func beCaller() async -> Int32 {
        do {
            let settings = try JSONDecoder().decode(
                CallerSettings.self, from: Data((arguments.dropFirst().first ?? "").utf8))
            let caller = try LockCaller(settings, until: Self.isAsked)
            try await caller.run()
            return 0
        } catch {
            complain("caller: \(error)")
            return 1
        }
    }

    /// Whether the process was asked to end.
    @Sendable
    private static func isAsked() -> Bool { wasAsked.load(ordering: .relaxed) }

    /// Has Ctrl-C and SIGTERM asked for the end instead of bringing it.
    static func takeSignals() {
        for number in [SIGINT, SIGTERM] {
            _ = signal(number) { _ in wasAsked.store(true, ordering: .relaxed) }
        }
    }
}

private let wasAsked = Atomic(false)

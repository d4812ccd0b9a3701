/// What code does not do, here or anywhere.
extension TidyRule {
    /// Files that decide and do nothing else.
    static func isPure(_ path: String) -> Bool {
        let folders = [
            "Sources/HoldfastWireProtocol/", "Sources/HoldfastCodeGen/",
            "Sources/HoldfastServer/Configuration/", "Sources/HoldfastPolicy/",
            "Sources/HoldfastSettings/", "Sources/HoldfastControl/LockRun/LockRun.swift",
            "Sources/HoldfastControl/LockRun/LockRun+",
            "Sources/HoldfastRedis/",
        ]
        return folders.contains { path.hasPrefix($0) }
            && !path.hasPrefix("Sources/HoldfastWireProtocol/Codec/")
    }

    /// Pure code has no clock, randomness, task, lock or output: a simulator and a test must be able
    /// to run it twice and see the same.
    static let impure = TidyRule("pure") { file in
        guard isPure(file.path), file.isSwift else { return [] }
        let banned = [
            "clock_gettime", "gettimeofday", "Date(", "ContinuousClock", "SuspendingClock", "Task",
            "TaskGroup", "withTaskGroup", "Mutex", "Atomic", "pthread_mutex_lock", "print(",
            "debugPrint(", "SystemRandomNumberGenerator", ".random(", ".shuffled(", "getenv",
        ]
        return banned.flatMap { word in
            file.lines(with: word).map { ($0, "\(word) in a pure file") }
        }
    }

    /// Nothing traps but what is impossible, and that in one place.
    static let traps = TidyRule("no-trap") { file in
        guard file.isSwift, file.path.hasPrefix("Sources/") else { return [] }
        let forced = file.lines(with: "try!").map { ($0, "try! traps on an error") }
        let isUnreachable =
            file.target == "HoldfastBase" && file.code.contains { $0.contains("func unreachable(") }
        if isUnreachable { return forced }
        return forced
            + file.lines(with: "fatalError").map { ($0, "use unreachable(…) of HoldfastBase") }
    }

    /// What is not done is in the roadmap, or it is done.
    static let leftovers = TidyRule("no-leftover") { file in
        // Put together here, so that this file does not break its own rule.
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
        return marks.flatMap { mark in
            file.lines.indices.filter { line in
                file.lines[line].split { !$0.isLetter && $0 != "_" }.contains { $0 == mark }
            }.map { ($0 + 1, "\(mark) is left over") }
        }
    }

    /// Whoever turns a check of the compiler off says above it why that is right.
    static let unchecked = TidyRule("unchecked-sendable") { file in
        guard file.isSwift else { return [] }
        return (file.lines(with: "@unchecked Sendable") + file.lines(with: "nonisolated(unsafe)"))
            .filter { line in
                var above = line - 2
                while above >= 0, isAttribute(file.lines[above]) { above -= 1 }
                guard above >= 0 else { return true }
                return !file.lines[above].trimmed.hasPrefix("//")
            }
            .map { ($0, "a comment above must prove that this is safe") }
    }

    private static func isAttribute(_ line: String) -> Bool {
        line.trimmed.hasPrefix("@") && !line.contains("Sendable")
    }

    /// Text in the repository means the same on every machine.
    static let machinePaths = TidyRule("no-machine-path") { file in
        let roots = ["home", "Users", "root", "work"].map { "/\($0)/" }
        return file.lines.indices.compactMap { index in
            let words = file.lines[index].split { " \t\"'`()[]<>=,;:".contains($0) }
            let found = words.first { word in roots.contains { word.hasPrefix($0) } }
            return found.map { (index + 1, "\($0) exists on one machine only") }
        }
    }
}

extension String {
    /// Without blanks at either end.
    var trimmed: Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        let back = start.reversed().prefix { $0 == " " || $0 == "\t" || $0 == "\r" }.count
        return start.dropLast(back)
    }
}

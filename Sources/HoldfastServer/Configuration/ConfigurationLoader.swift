import HoldfastBase
import HoldfastSettings

/// Makes a configuration from defaults, file, environment and flags, merged **per key**: a flag
/// replaces one value of the file, never the file.
///
/// Pure: bytes and texts in, a valid configuration or all its problems out. Each source is checked
/// in full, including values that a later source replaces: a file with a mistake stays a file with
/// a mistake. What several settings must agree on is checked last, on the merged values.
package struct ConfigurationLoader {
    private var configuration = ServerConfiguration()
    private var origins: [String: ConfigurationOrigin] = [:]
    private var problems: [ConfigurationProblem] = []
    private var warnings: [String] = []

    private static let byKey = Dictionary(
        uniqueKeysWithValues: Setting.table.map { ($0.key, $0) })
    private static let byEnvironmentName = Dictionary(
        uniqueKeysWithValues: Setting.table.map { ($0.environmentName, $0) })
    private static let sections = Set(Setting.table.map(\.section))

    /// Loads the configuration that `sources` give.
    package static func load(
        _ sources: ConfigurationSources
    ) throws(ConfigurationRejection) -> LoadedConfiguration {
        var loader = ConfigurationLoader()
        if let file = sources.file { loader.read(file.bytes, of: file.name) }
        loader.read(environment: sources.environment)
        loader.read(flags: sources.flags)
        if loader.configuration.nodeID.isEmpty, let first = loader.configuration.listen.first {
            loader.configuration.nodeID = "\(sources.hostName):\(first.port)"
        }
        if loader.problems.isEmpty {
            let checks = ConfigurationChecks(loader.configuration, loader.origins)
            loader.problems = checks.problems
            loader.warnings += checks.warnings
        }
        guard loader.problems.isEmpty else {
            throw ConfigurationRejection(problems: loader.problems)
        }
        return LoadedConfiguration(
            configuration: loader.configuration, origins: loader.origins,
            warnings: loader.warnings)
    }

    private mutating func read(_ bytes: [UInt8], of name: String) {
        let reader = TomlReader(bytes)
        func origin(_ line: Int, _ column: Int) -> ConfigurationOrigin {
            .file(name: name, line: line, column: column)
        }
        var found = reader.problems.map { problem in
            ConfigurationProblem(origin(problem.line, problem.column), problem.message)
        }
        for header in reader.headers where !Self.sections.contains(header.name) {
            let known = Self.sections.sorted().filter { !$0.isEmpty }
            let hint = Suggestion.hint(for: header.name, among: known)
            found.append(
                ConfigurationProblem(
                    origin(header.line, 1),
                    "unknown section [\(header.name)]\(hint); sections: "
                        + known.joined(separator: ", ")))
        }
        var lines: [String: Int] = [:]
        for entry in reader.entries
        where entry.section.isEmpty || Self.sections.contains(entry.section) {
            guard let setting = Self.byKey[entry.path] else {
                found.append(
                    ConfigurationProblem(
                        origin(entry.line, entry.column), Self.unknown(key: entry.path)))
                continue
            }
            if let earlier = lines.updateValue(entry.line, forKey: entry.path) {
                found.append(
                    ConfigurationProblem(
                        origin(entry.line, entry.column),
                        "\(entry.path) is already set on line \(earlier)"))
                continue
            }
            let place = origin(entry.valueLine, entry.valueColumn)
            if let problem = store(.typed(entry.value), setting, place) { found.append(problem) }
        }
        problems += found.sorted { left, right in
            guard case .file(_, let line, let column) = left.origin,
                case .file(_, let otherLine, let otherColumn) = right.origin
            else { return false }
            return (line, column) < (otherLine, otherColumn)
        }
    }

    private static func unknown(key: String) -> String {
        let keys = Setting.table.map(\.key)
        // A key in the wrong section is nearer in meaning than one that is spelled alike.
        let last = String(key.split(separator: ".").last ?? "")
        if last != key, keys.contains(last) {
            return "unknown key \(key) (\"\(last)\" belongs above the first section)"
        }
        let moved = keys.first { $0.hasSuffix("." + last) }
        let hint =
            moved.map { " (did you mean \"\($0)\"?)" } ?? Suggestion.hint(for: key, among: keys)
        return "unknown key \(key)\(hint)"
    }

    private mutating func read(environment: [(name: String, value: String)]) {
        for (name, value) in environment where name.hasPrefix("HOLDFAST_") {
            // An empty variable is how shells and compose files say "not set".
            if value.isEmpty { continue }
            if let setting = Self.byEnvironmentName[name] {
                if let problem = store(.texts([value]), setting, .environment(name: name)) {
                    problems.append(problem)
                }
                continue
            }
            // Not an error: Kubernetes sets HOLDFAST_PORT and the like for a service of this name,
            // and the other programs have variables of their own. What all names begin with is left
            // out, or short ones would be like each other.
            let prefix = "HOLDFAST_".count
            let names = Setting.table.map { String($0.environmentName.dropFirst(prefix)) }
            if let near = Suggestion.nearest(to: String(name.dropFirst(prefix)), among: names) {
                warnings.append("\(name) is no setting; did you mean HOLDFAST_\(near)?")
            }
        }
    }

    private mutating func read(flags: [ParsedArguments.Option]) {
        for setting in Setting.table {
            let values = flags.filter { $0.name == setting.flagName }.map(\.value)
            if values.isEmpty { continue }
            let origin = ConfigurationOrigin.flag(name: "--\(setting.flagName)")
            if let problem = store(.texts(values), setting, origin) { problems.append(problem) }
        }
    }

    private mutating func store(
        _ input: SettingInput, _ setting: Setting, _ origin: ConfigurationOrigin
    ) -> ConfigurationProblem? {
        guard setting.slot.store(input, in: &configuration) else {
            return ConfigurationProblem(
                origin, "\(setting.key): expected \(setting.slot.form); found \(input.found)")
        }
        origins[setting.key] = origin
        return nil
    }
}

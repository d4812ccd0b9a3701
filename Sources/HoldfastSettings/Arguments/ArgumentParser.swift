internal import HoldfastBase

/// Reads a command line against an `ArgumentCommand`. Pure: no output, no exit.
///
/// Accepted are `--name value`, `--name=value`, `-n value`, switches with `=true` and `=false`,
/// options before and after a sub-command, and `--`, after which everything is an operand.
/// `--help` and `-h` anywhere ask for the help of the command named so far; `--version` counts only
/// before a sub-command. A value may begin with a dash only in the form `--name=value`: `--name
/// --other` is far more often a forgotten value.
package struct ArgumentParser: Sendable {
    private let root: ArgumentCommand

    /// Makes a parser for the program `root`.
    package init(_ root: ArgumentCommand) {
        self.root = root
    }

    /// Understands `arguments`, which do not include the program's name.
    package func parse(_ arguments: [String]) throws(ArgumentError) -> ArgumentOutcome {
        var path = [root]
        var parsed = ParsedArguments()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                if path.last?.trailing == nil {
                    parsed.operands += rest
                } else {
                    parsed.trailing = Array(rest)
                }
                break
            }
            if argument == "--help" || argument == "-h" {
                return .help(ArgumentHelp(path).text)
            }
            if argument == "--version", path.count == 1 { return .version }
            if argument.hasPrefix("-"), argument.utf8.count > 1 {
                parsed.options.append(try option(argument, &rest, path, parsed))
            } else if let command = path.last, !command.subcommands.isEmpty {
                path.append(try subcommand(argument, of: command))
                parsed.command.append(argument)
            } else {
                parsed.operands.append(argument)
            }
        }
        try checkOperands(parsed, path)
        return .run(parsed)
    }

    private func subcommand(
        _ name: String, of command: ArgumentCommand
    ) throws(ArgumentError) -> ArgumentCommand {
        if let found = command.subcommands.first(where: { $0.name == name }) { return found }
        let names = command.subcommands.map(\.name)
        throw ArgumentError(
            "unknown command \"\(TextEscape.printable(name))\""
                + Suggestion.hint(for: name, among: names)
                + "; commands: \(names.joined(separator: ", "))")
    }

    private func option(
        _ argument: String, _ rest: inout ArraySlice<String>, _ path: [ArgumentCommand],
        _ parsed: ParsedArguments
    ) throws(ArgumentError) -> ParsedArguments.Option {
        let (written, inline) = Self.split(argument)
        if inline != nil, written == "--help" || written == "--version" {
            throw ArgumentError("\(written) takes no value")
        }
        let known = ArgumentCommand.reach(of: path).flatMap(\.options)
        let found = known.last { option in
            written == "--\(option.name)" || option.short.map { written == "-\($0)" } ?? false
        }
        guard let found else {
            let names = known.map { "--\($0.name)" } + ["--help", "--version"]
            throw ArgumentError(
                "unknown option \"\(TextEscape.printable(written))\""
                    + Suggestion.hint(for: written, among: names) + "; see --help")
        }
        if case .values = found.form {
        } else if parsed.value(found.name) != nil {
            throw ArgumentError("--\(found.name) is given twice")
        }
        switch found.form {
        case .switched:
            let value = inline ?? "true"
            guard value == "true" || value == "false" else {
                throw ArgumentError("--\(found.name) takes no value, or =true or =false")
            }
            return .init(name: found.name, value: value)
        case .value(let placeholder), .values(let placeholder):
            if let inline { return .init(name: found.name, value: inline) }
            guard let next = rest.first, !next.hasPrefix("-") || next == "-" else {
                throw ArgumentError("--\(found.name) needs a value: --\(found.name) \(placeholder)")
            }
            rest.removeFirst()
            return .init(name: found.name, value: next)
        }
    }

    private static func split(_ argument: String) -> (name: String, inline: String?) {
        guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") else {
            return (argument, nil)
        }
        return (
            String(argument[..<equals]), String(argument[argument.index(after: equals)...])
        )
    }

    private func checkOperands(
        _ parsed: ParsedArguments, _ path: [ArgumentCommand]
    ) throws(ArgumentError) {
        guard let command = path.last else { return }
        if command.needsSubcommand {
            let names = command.subcommands.map(\.name).joined(separator: ", ")
            throw ArgumentError("a command is needed: \(names); see --help")
        }
        if let trailing = command.trailing, parsed.trailing.isEmpty {
            throw ArgumentError("-- \(trailing) is missing at the end; see --help")
        }
        let allowed = command.operandsAllowed
        if parsed.operands.count < allowed.lowerBound {
            throw ArgumentError("\(command.operands[parsed.operands.count]) is missing; see --help")
        }
        if parsed.operands.count > allowed.upperBound {
            let extra = TextEscape.printable(parsed.operands[allowed.upperBound])
            throw ArgumentError("unexpected argument \"\(extra)\"; see --help")
        }
    }
}

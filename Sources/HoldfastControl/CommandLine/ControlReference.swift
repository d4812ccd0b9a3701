internal import HoldfastBase

/// docs/holdfastctl.md, made from the table that the parser and the help use.
package enum ControlReference {
    /// The whole page.
    package static var document: String {
        let root = ControlArguments.root
        var text = introduction + "\n## Exit status\n\n| status | meaning |\n|---|---|\n"
        for status in ExitStatus.allCases {
            text += "| \(status.rawValue) | \(escaped(status.meaning)) |\n"
        }
        text += "\n`lock run` ends with the status of its command, or 128 and a signal's number.\n"
        text += "\n## Options of all commands\n\n" + options(root.options)
        text += "\n## Commands\n"
        for command in root.subcommands { text += section(command, [root.name]) }
        return text
    }

    private static func section(_ command: ArgumentCommand, _ path: [String]) -> String {
        let path = path + [command.name]
        let words =
            path + (command.subcommands.isEmpty ? [] : ["COMMAND"]) + command.operands
            + (command.trailing.map { ["-- \($0)"] } ?? [])
        var text =
            "\n\(path.count == 2 ? "###" : "####") \(path.dropFirst().joined(separator: " "))"
        text += "\n\n\(command.summary)\n\n```\n\(words.joined(separator: " "))\n```\n"
        if !command.discussion.isEmpty { text += "\n```text\n\(command.discussion)\n```\n" }
        if !command.options.isEmpty { text += "\n" + options(command.options) }
        for below in command.subcommands { text += section(below, path) }
        return text
    }

    private static func options(_ options: [ArgumentOption]) -> String {
        "| option | meaning |\n|---|---|\n"
            + options.map { option in
                var name = (option.short.map { "-\($0), " } ?? "") + "--\(option.name)"
                switch option.form {
                case .switched: break
                case .value(let placeholder), .values(let placeholder): name += " \(placeholder)"
                }
                return "| `\(escaped(name))` | \(escaped(option.help)) |\n"
            }.joined()
    }

    private static func escaped(_ text: String) -> String { text.replacing("|", with: "\\|") }

    private static let introduction = """
        # holdfastctl

        This page is made from the table of arguments in the source; a test keeps it so.

        The admin tool speaks the protocol of every client, and what it may do is what the policy gives
        to its certificate. `--help` behind any command says what stands here.

        *Forms.* `-o table` is for people and fits the terminal; `-o json` is one document for each
        answer, with exact numbers; `-o jsonl` is one for each row of an answer that is a list, and for
        each element of a stream. Colours come on a terminal only, and not where NO_COLOR is set. What
        takes longer than a second says on a terminal what it waits for.

        *Where a value comes from.* A flag wins over the environment, that over the context, that over
        the default, key by key; `context show` says which it was. Certificate and key are a pair: both
        come from the context, or neither does.

        *Errors* are one line that says what is wrong, and what to try next below it; with `-o json` an
        object on standard error. Ctrl-C ends every command, and gives back what the command holds.

        """
}

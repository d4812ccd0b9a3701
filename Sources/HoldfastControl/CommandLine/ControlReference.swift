internal import HoldfastBase
internal import HoldfastSettings

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
        return text + lockRun
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

        *Errors* are one line that says what is wrong, and what to try next below it; a call that failed is
        an object on standard error with `-o json`. Ctrl-C ends every command, and gives back what the command holds.

        """

    private static let lockRun = """

        ## What lock run promises

        ```
        holdfastctl lock run backup --ttl 30s --wait 5m -- ./backup --fence-from-environment
        ```

        The lock is renewed every third of `--ttl`, whatever the command does. What is known of it is
        counted from when the last confirmed renewal was *sent*, and one percent less, for clocks differ.
        With 30 seconds and no renewal that succeeds, a command that was last renewed at 0 gets SIGTERM
        at 21.7 s, SIGKILL at 29.2 s, and nobody else gets the lock before 30 s. A renewal that says that
        the lock is gone, since somebody took it away, brings SIGTERM at once, and SIGKILL after
        `--kill-after` or at the last moment, whichever is first. Of several servers, another is asked
        when one is gone or does not answer.

        The command is all of its process group: when it ends and leaves something behind (`&` in a
        script), the lock is kept until that has ended, too, and Ctrl-C ends it. With `--on-lost ignore`
        nothing is ended, the loss is told when it is certain, and a command that then succeeds ends with 4.

        What it cannot do:

        - What leaves the process group (`setsid`, daemons) is not ended with it, and the lock is given back
          without it.
        - When `holdfastctl` itself is killed by SIGKILL, the command gets SIGTERM (with `--on-lost kill`
          SIGKILL) from the kernel, what the command has started gets nothing, and the lock is free when
          its time is over.
        - A machine that was suspended past the deadline kills the command only when it wakes up.

        Where two at a time would do harm, have the storage refuse a HOLDFAST_FENCE below one that it has
        seen ([guarantees.md](guarantees.md)).

        On a terminal the command is in the foreground, as if it had been started alone: it reads what is
        typed and gets Ctrl-C. Ctrl-Z does not stop it, for who is stopped cannot give a lock back. Behind
        (`&`) it runs until it reads from the terminal, and goes on after `fg`. When the server does not answer
        while the lock is being given back, a second Ctrl-C does not wait for it.

        """
}

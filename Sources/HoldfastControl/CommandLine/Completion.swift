package import HoldfastSettings

/// Scripts by which shells complete commands and options, made from the table that the parser uses.
/// Pure.
package enum Completion {
    package enum Shell: String, Hashable, Sendable, CaseIterable {
        case bash
        case zsh
        case fish
    }

    /// A command with what is known once it has been named.
    private struct Place {
        let path: [String]
        let command: ArgumentCommand
        let options: [ArgumentOption]
    }

    package static func script(_ root: ArgumentCommand, _ shell: Shell) -> String {
        let places = places(root, path: [], options: [])
        return switch shell {
        case .bash: bash(root.name, places)
        case .zsh: zsh(root.name, places)
        case .fish: fish(root.name, places)
        }
    }

    private static func places(
        _ command: ArgumentCommand, path: [String], options: [ArgumentOption]
    ) -> [Place] {
        let options = command.standsAlone ? [] : options
        let all =
            options.filter { option in !command.options.contains { $0.name == option.name } }
            + command.options
        return [Place(path: path, command: command, options: all)]
            + command.subcommands.flatMap { places($0, path: path + [$0.name], options: all) }
    }

    // MARK: bash

    /// The words so far are walked through: those that are commands lead to the place, the others
    /// are options and their values.
    private static func bash(_ program: String, _ places: [Place]) -> String {
        var text = """
            # bash completion for \(program); made by "\(program) completion bash".
            _\(program)() {
                local place="" word index commands="" options="" values=""
                for ((index = 1; index < COMP_CWORD; index++)); do
                    word=${COMP_WORDS[index]}
                    case "$place/$word" in

            """
        for place in places where !place.path.isEmpty {
            let before = place.path.dropLast().map { "/" + $0 }.joined()
            let whole = place.path.map { "/" + $0 }.joined()
            text += "        \"\(before)/\(place.path.last ?? "")\") place=\(whole) ;;\n"
        }
        text += """
                    esac
                done
                case "$place" in

            """
        for place in places {
            let whole = place.path.map { "/" + $0 }.joined()
            let commands = place.command.subcommands.map(\.name).joined(separator: " ")
            let words = place.command.operands.flatMap { choices($0) }.joined(separator: " ")
            let options = (place.options.map { "--\($0.name)" } + ["--help"])
                .joined(separator: " ")
            text += "    \"\(whole)\") commands=\"\(commands.isEmpty ? words : commands)\""
            text += " options=\"\(options)\" ;;\n"
        }
        text += """
                esac
                case "${COMP_WORDS[COMP_CWORD - 1]}" in

            """
        for option in distinctOptions(places) {
            let names = (option.short.map { ["-\($0)"] } ?? []) + ["--\(option.name)"]
            switch option.form {
            case .switched: continue
            case .value(let placeholder), .values(let placeholder):
                let pattern = names.joined(separator: " | ")
                let words = choices(placeholder)
                let act =
                    isFile(placeholder)
                    ? "COMPREPLY=($(compgen -f -- \"${COMP_WORDS[COMP_CWORD]}\")); return"
                    : words.isEmpty
                        ? "return" : "values=\"\(words.joined(separator: " "))\""
                text += "    \(pattern)) \(act) ;;\n"
            }
        }
        text += """
                esac
                if [[ -n $values ]]; then
                    COMPREPLY=($(compgen -W "$values" -- "${COMP_WORDS[COMP_CWORD]}"))
                elif [[ ${COMP_WORDS[COMP_CWORD]} == -* ]]; then
                    COMPREPLY=($(compgen -W "$options" -- "${COMP_WORDS[COMP_CWORD]}"))
                else
                    COMPREPLY=($(compgen -W "$commands" -- "${COMP_WORDS[COMP_CWORD]}"))
                fi
            }
            complete -o default -F _\(program) \(program)

            """
        return text
    }

    private static func distinctOptions(_ places: [Place]) -> [ArgumentOption] {
        var seen: Set<String> = []
        return places.flatMap(\.command.options).filter { seen.insert($0.name).inserted }
    }

    // MARK: zsh

    private static func zsh(_ program: String, _ places: [Place]) -> String {
        var text = """
            #compdef \(program)
            # zsh completion for \(program); made by "\(program) completion zsh".

            """
        for place in places {
            let name = function(program, place.path)
            text += "\n\(name)() {\n    local state line\n    local -a commands\n"
            text += "    _arguments -C \\\n"
            for option in place.options { text += zshOption(option) }
            text += "        '(-h --help)'{-h,--help}'[Shows this help.]'"
            if place.command.subcommands.isEmpty {
                for operand in place.command.operands {
                    let words = choices(operand)
                    let action =
                        words.isEmpty
                        ? (isFile(operand) ? "_files" : " ") : "(\(words.joined(separator: " ")))"
                    let isMany = operand.contains("...")
                    text += " \\\n        '\(isMany ? "*" : "")::\(plain(operand)):\(action)'"
                }
                text += "\n}\n"
                continue
            }
            text += " \\\n        '1: :->command' '*:: :->rest'\n"
            text += "    case $state in\n    command)\n        commands=(\n"
            for command in place.command.subcommands {
                text += "            '\(command.name):\(quoted(command.summary))'\n"
            }
            text += "        )\n        _describe command commands ;;\n    rest)\n"
            text += "        case $line[1] in\n"
            for command in place.command.subcommands {
                text += "        \(command.name)) "
                text += "\(function(program, place.path + [command.name])) ;;\n"
            }
            text += "        esac ;;\n    esac\n}\n"
        }
        return text + "\n_\(program) \"$@\"\n"
    }

    private static func zshOption(_ option: ArgumentOption) -> String {
        let text = quoted(option.help.replacing("[", with: "(").replacing("]", with: ")"))
        var names = "--\(option.name)"
        if let short = option.short { names = "'{-\(short),--\(option.name)}'" }
        var value = ""
        var star = ""
        switch option.form {
        case .switched: break
        case .value(let placeholder), .values(let placeholder):
            let words = choices(placeholder)
            let action =
                words.isEmpty
                ? (isFile(placeholder) ? "_files" : " ") : "(\(words.joined(separator: " ")))"
            value = ":\(plain(placeholder)):\(action)"
            if case .values = option.form { star = "*" }
        }
        return "        '\(star)\(names)[\(text)]\(value)' \\\n"
    }

    private static func function(_ program: String, _ path: [String]) -> String {
        "_" + ([program] + path).joined(separator: "_").replacing("-", with: "_")
    }

    // MARK: fish

    private static func fish(_ program: String, _ places: [Place]) -> String {
        var text = """
            # fish completion for \(program); made by "\(program) completion fish".
            complete -c \(program) -f

            """
        for place in places {
            let here = condition(place)
            for command in place.command.subcommands {
                text += "complete -c \(program) -n '\(here)' -a \(command.name)"
                text += " -d '\(fishQuoted(command.summary))'\n"
            }
            let words = place.command.operands.flatMap { choices($0) }
            if !words.isEmpty {
                text += "complete -c \(program) -n '\(here)'"
                text += " -a '\(words.joined(separator: " "))'\n"
            }
            // Options of a command are known below it, too.
            let below = place.path.map { "__fish_seen_subcommand_from \($0)" }
                .joined(separator: "; and ")
            for option in place.command.options {
                text += "complete -c \(program)"
                if !below.isEmpty { text += " -n '\(below)'" }
                if let short = option.short { text += " -s \(short)" }
                text += " -l \(option.name)"
                switch option.form {
                case .switched: break
                case .value(let placeholder), .values(let placeholder):
                    let words = choices(placeholder)
                    if isFile(placeholder) {
                        text += " -r -F"
                    } else if words.isEmpty {
                        text += " -x"
                    } else {
                        text += " -x -a '\(words.joined(separator: " "))'"
                    }
                }
                text += " -d '\(fishQuoted(option.help))'\n"
            }
        }
        return text
    }

    private static func condition(_ place: Place) -> String {
        let seen = place.path.map { "__fish_seen_subcommand_from \($0)" }
        let names = place.command.subcommands.map(\.name).joined(separator: " ")
        if place.path.isEmpty { return "not __fish_seen_subcommand_from \(names)" }
        let unseen = names.isEmpty ? [] : ["not __fish_seen_subcommand_from \(names)"]
        return (seen + unseen).joined(separator: "; and ")
    }

    // MARK: Words

    /// "term|kill|ignore" names its values.
    private static func choices(_ placeholder: String) -> [String] {
        let parts = placeholder.split(separator: "|").map(String.init)
        return parts.count > 1 && parts.allSatisfy { $0 == $0.lowercased() } ? parts : []
    }

    private static func isFile(_ placeholder: String) -> Bool {
        ["FILE", "DIR", "PATH"].contains(plain(placeholder))
    }

    private static func plain(_ operand: String) -> String {
        operand.filter { $0.isLetter || $0 == "_" || $0 == "=" || $0 == "|" }
    }

    private static func quoted(_ text: String) -> String {
        text.replacing("'", with: "'\\''").replacing(":", with: "\\:")
    }

    private static func fishQuoted(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
    }
}

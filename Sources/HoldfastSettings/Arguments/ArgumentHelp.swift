/// Writes the help of a command, at most 80 columns wide.
struct ArgumentHelp {
    private static let columns = 80
    private static let textColumn = 30

    private let path: [ArgumentCommand]

    /// The help of the last command in `path`, which begins with the program.
    init(_ path: [ArgumentCommand]) {
        self.path = path
    }

    var text: String {
        guard let command = path.last else { return "" }
        var lines = Self.wrapped(command.summary, indent: 0)
        lines += ["", "Usage: " + usage(command)]
        if !command.discussion.isEmpty { lines += ["", command.discussion] }
        if !command.subcommands.isEmpty {
            lines += ["", "Commands:"]
            for subcommand in command.subcommands {
                lines += Self.row(subcommand.name, subcommand.summary)
            }
        }
        for group in groups { lines += ["", "\(group.name):"] + group.rows }
        for part in path.reversed() where !part.footer.isEmpty { lines += ["", part.footer] }
        return lines.joined(separator: "\n") + "\n"
    }

    private func usage(_ command: ArgumentCommand) -> String {
        var words = path.map(\.name) + ["[options]"]
        if !command.subcommands.isEmpty {
            words.append(command.needsSubcommand ? "COMMAND" : "[COMMAND]")
        }
        words += command.operands
        if let trailing = command.trailing { words.append("-- \(trailing)") }
        return words.joined(separator: " ")
    }

    private var groups: [(name: String, rows: [String])] {
        var groups: [(name: String, rows: [String])] = []
        func add(_ rows: [String], to group: String) {
            if let place = groups.firstIndex(where: { $0.name == group }) {
                groups[place].rows += rows
            } else {
                groups.append((group, rows))
            }
        }
        // What only this command takes is what the reader came for.
        for option in ArgumentCommand.reach(of: path).reversed().flatMap(\.options) {
            add(Self.row(option.synopsis, option.help), to: option.group)
        }
        add(Self.row("-h, --help", "Shows this help."), to: "Options")
        if path.count == 1 { add(Self.row("--version", "Shows the version."), to: "Options") }
        return groups
    }

    private static func row(_ left: String, _ right: String) -> [String] {
        let text = wrapped(right, indent: textColumn)
        let head = "  " + left
        guard head.count + 2 <= textColumn, let first = text.first else { return [head] + text }
        let gap = String(repeating: " ", count: textColumn - head.count)
        return [head + gap + first.drop { $0 == " " }] + text.dropFirst()
    }

    private static func wrapped(_ text: String, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, indent + line.count + 1 + word.count > columns {
                lines.append(margin + line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        if !line.isEmpty { lines.append(margin + line) }
        return lines
    }
}

/// What a program, or one of its sub-commands, can be told on the command line.
///
/// One value is the source of the parser and of `--help`, so the two cannot differ. Options of a
/// command are accepted before and after the name of its sub-command, by all of them.
package struct ArgumentCommand: Hashable, Sendable {
    /// The word that selects it; for the program itself, the program's name.
    package let name: String
    /// A sentence for the help.
    package let summary: String
    /// Paragraphs for the help of this command, shown as they are.
    package let discussion: String
    /// What stands at the end of the help of this command and of those below it, shown as it is.
    package let footer: String
    /// Options of this command and of those below it.
    package let options: [ArgumentOption]
    /// What comes without dashes, as the usage line shows it: "NAME", "[FILE]", "[ARGUMENT...]".
    package let operands: [String]
    /// What stands behind `--`, as the usage line shows it: "COMMAND [ARGUMENT...]". Nothing else may
    /// then be an operand there, and something must be there.
    package let trailing: String?
    /// Commands below this one.
    package let subcommands: [ArgumentCommand]
    /// Whether one of `subcommands` must be named; otherwise the command can stand alone.
    package let needsSubcommand: Bool

    /// Whether the options of the commands above mean nothing to it: then it takes none of them.
    package let standsAlone: Bool

    /// Describes a command.
    package init(
        _ name: String, summary: String, discussion: String = "", options: [ArgumentOption] = [],
        operands: [String] = [], trailing: String? = nil, subcommands: [ArgumentCommand] = [],
        needsSubcommand: Bool = true, footer: String = "", standsAlone: Bool = false
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.footer = footer
        self.options = options
        self.operands = operands
        self.trailing = trailing
        self.subcommands = subcommands
        self.needsSubcommand = needsSubcommand && !subcommands.isEmpty
        self.standsAlone = standsAlone
    }

    /// Those of `path`, which begins with the program, whose options its last command takes.
    static func reach(of path: [ArgumentCommand]) -> ArraySlice<ArgumentCommand> {
        path[(path.lastIndex(where: \.standsAlone) ?? 0)...]
    }

    /// Least and greatest number of operands: "[X]" is optional, "X..." any number.
    var operandsAllowed: ClosedRange<Int> {
        let least = operands.filter { !$0.hasPrefix("[") }.count
        let unbounded = operands.contains { $0.hasSuffix("...") || $0.hasSuffix("...]") }
        return least...(unbounded ? .max : max(least, operands.count))
    }
}

/// Colours for a terminal, or none for everything else.
package struct Paint: Hashable, Sendable {
    /// What a piece of text says about the state of things.
    package enum Tone: Hashable, Sendable {
        case plain
        case title
        case faint
        case good
        case warning
        case bad
    }

    /// Whether colours are wanted.
    package let isColored: Bool

    package init(isColored: Bool) {
        self.isColored = isColored
    }

    /// Whether to colour: a terminal that can, and nobody who asked not to (no-color.org).
    package static func wanted(
        isTerminal: Bool, environment: [(name: String, value: String)]
    ) -> Bool {
        guard isTerminal else { return false }
        if environment.contains(where: { $0.name == "NO_COLOR" && !$0.value.isEmpty }) {
            return false
        }
        return environment.last { $0.name == "TERM" }?.value != "dumb"
    }

    package func apply(_ tone: Tone, _ text: String) -> String {
        guard isColored, !text.isEmpty else { return text }
        let code =
            switch tone {
            case .plain: ""
            case .title: "1"
            case .faint: "2"
            case .good: "32"
            case .warning: "33"
            case .bad: "31"
            }
        return code.isEmpty ? text : "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}

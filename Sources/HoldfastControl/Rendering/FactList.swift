/// Names and values, one pair a line, in groups with an empty line between.
package struct FactList: Sendable {
    private typealias Cell = TextTable.Cell

    private static let gap = 2
    private var groups: [[(name: String, value: TextTable.Cell)]] = []

    package init() {}

    /// Adds a group; facts without value are left out.
    package mutating func add(_ facts: [(name: String, value: TextTable.Cell)]) {
        let said = facts.filter { !$0.value.text.isEmpty }
        if !said.isEmpty { groups.append(said) }
    }

    package func text(paint: Paint) -> String {
        let width = groups.joined().reduce(0) { max($0, $1.name.count) } + Self.gap
        return groups.map { group in
            group.map { fact in
                paint.apply(.faint, fact.name)
                    + String(repeating: " ", count: width - fact.name.count)
                    + paint.apply(fact.value.tone, fact.value.text) + "\n"
            }.joined()
        }.joined(separator: "\n")
    }
}

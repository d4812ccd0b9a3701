/// An answer in both forms.
package struct Answer: Sendable {
    /// What to look at when drawing a table.
    package struct Surface: Sendable {
        /// Characters a line may have; `nil` for no limit.
        package let columns: Int?
        package let paint: Paint

        package init(columns: Int?, paint: Paint) {
            self.columns = columns
            self.paint = paint
        }
    }

    /// Draws the table, with its line ends.
    package let table: @Sendable (Surface) -> String
    package let json: JSONValue

    package init(json: JSONValue, table: @escaping @Sendable (Surface) -> String) {
        self.table = table
        self.json = json
    }

    /// What the answer lists: an answer that is a list has it as its first member.
    private var rows: [JSONValue] {
        guard case .object(let members) = json, case .list(let rows)? = members.first?.value else {
            return [json]
        }
        return rows
    }

    /// The answer as it is printed.
    package func text(_ form: ControlSettings.Form, _ surface: Surface) -> String {
        switch form {
        case .table: table(surface)
        case .json: json.line + "\n"
        case .jsonl: rows.map { $0.line + "\n" }.joined()
        }
    }
}

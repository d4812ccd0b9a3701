/// Tables for people and one JSON object a line for programs.
enum Report {
    enum Value {
        case text(String)
        case number(Double)
    }

    /// A row of a table: the first two columns to the left, the others to the right.
    static func row(_ cells: [String]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let width = index < 2 ? 12 : 10
            let space = String(repeating: " ", count: max(1, width - cell.count))
            line += index < 2 ? cell + space : space + cell
        }
        return line
    }

    static func number(_ value: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let rounded = (value * scale).rounded()
        guard rounded.magnitude < 1e15 else { return "-" }
        let whole = Int64(rounded)
        guard digits > 0 else { return String(whole) }
        let sign = whole < 0 ? "-" : ""
        let text = String(whole.magnitude)
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
        return sign + padded.dropLast(digits) + "." + padded.suffix(digits)
    }

    static func json(_ fields: [(String, Value)]) -> String {
        let parts = fields.map { name, value in
            switch value {
            case .text(let text): "\"\(name)\":\"\(text)\""
            case .number(let number):
                "\"\(name)\":\(Report.number(number, number == number.rounded() ? 0 : 3))"
            }
        }
        return "{" + parts.joined(separator: ",") + "}"
    }
}

/// Why a bench could not run.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

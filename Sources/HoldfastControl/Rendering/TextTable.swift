/// Rows under titles, fitted to a width.
///
/// Too wide, it first shortens the columns that may be shortened, then leaves out columns, the
/// least important first. Without a width nothing is shortened: a pipe gets everything.
package struct TextTable: Sendable {
    /// What may happen to a column that does not fit.
    package enum Fit: Hashable, Sendable {
        /// Nothing.
        case whole
        /// Cut at the end, down to so many characters.
        case cutEnd(Int)
        /// Cut at the front, down to so many characters: the end tells more.
        case cutFront(Int)
        /// Broken into lines of at least so many characters; for the last column.
        case wrap(Int)
    }

    package struct Column: Sendable {
        let title: String
        let isNumber: Bool
        let fit: Fit
        /// 0 is never left out; of the others the highest goes first.
        let leaveOut: Int

        package init(
            _ title: String, isNumber: Bool = false, fit: Fit = .whole, leaveOut: Int = 0
        ) {
            self.title = title
            self.isNumber = isNumber
            self.fit = fit
            self.leaveOut = leaveOut
        }
    }

    package struct Cell: Hashable, Sendable, ExpressibleByStringLiteral {
        let text: String
        let tone: Paint.Tone

        package init(_ text: String, _ tone: Paint.Tone = .plain) {
            self.text = text
            self.tone = tone
        }

        package init(stringLiteral text: String) { self.init(text) }
    }

    private static let gap = 2

    private let columns: [Column]
    private var rows: [[Cell]] = []

    package init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row with a cell for each column.
    package mutating func add(_ cells: [Cell]) {
        rows.append(cells)
    }

    package func text(columns width: Int?, paint: Paint) -> String {
        let widths = fitted(to: width)
        let shown = columns.indices.filter { widths[$0] > 0 }
        let titles = columns.map { Cell($0.title, .title) }
        return ([titles] + rows).map { line($0, shown, widths, paint) }.joined()
    }

    // MARK: Widths

    /// The width of each column; 0 for those left out.
    private func fitted(to width: Int?) -> [Int] {
        var widths = columns.indices.map { column in
            rows.reduce(columns[column].title.count) { max($0, $1[column].text.count) }
        }
        guard let width else { return widths }
        while total(columns.indices.map { least($0, widths[$0]) }) > width {
            let candidates = columns.indices.filter {
                widths[$0] > 0 && columns[$0].leaveOut > 0
            }
            guard let out = candidates.max(by: { columns[$0].leaveOut < columns[$1].leaveOut })
            else { break }
            widths[out] = 0
        }
        while total(widths) > width {
            let candidates = columns.indices.filter { widths[$0] > least($0, widths[$0]) }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        return widths
    }

    private func total(_ widths: [Int]) -> Int {
        let shown = widths.filter { $0 > 0 }
        return shown.reduce(0, +) + Self.gap * max(0, shown.count - 1)
    }

    private func least(_ column: Int, _ width: Int) -> Int {
        switch columns[column].fit {
        case .whole: width
        case .cutEnd(let least), .cutFront(let least), .wrap(let least):
            min(width, max(least, columns[column].title.count))
        }
    }

    // MARK: Lines

    private func line(_ cells: [Cell], _ shown: [Int], _ widths: [Int], _ paint: Paint) -> String {
        var parts = shown.map { column in
            Self.pieces(cells[column].text, columns[column].fit, widths[column])
        }
        var text = ""
        while parts.contains(where: { !$0.isEmpty }) {
            var line = ""
            for (place, column) in shown.enumerated() {
                let piece = parts[place].isEmpty ? "" : parts[place].removeFirst()
                let blanks = String(repeating: " ", count: max(0, widths[column] - piece.count))
                let painted = paint.apply(cells[column].tone, piece)
                let isLast = place == shown.count - 1
                line += columns[column].isNumber ? blanks + painted : painted
                if !isLast {
                    line += columns[column].isNumber ? "" : blanks
                    line += String(repeating: " ", count: Self.gap)
                }
            }
            while line.last == " " { line.removeLast() }
            text += line + "\n"
        }
        return text
    }

    private static func pieces(_ text: String, _ fit: Fit, _ width: Int) -> [String] {
        guard text.count > width else { return [text] }
        switch fit {
        case .whole: return [text]
        case .cutEnd: return [text.prefix(width - 1) + "…"]
        case .cutFront: return ["…" + text.suffix(width - 1)]
        case .wrap: return wrapped(text, width)
        }
    }

    static func wrapped(_ text: String, _ width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return line.isEmpty ? lines : lines + [line]
    }
}

import Glibc

/// A line of figures of a bench of the client.
enum ClientReport {
    static func line(
        _ bench: String, _ title: String, _ what: String, _ figures: [(String, Double, Int)],
        json: Bool
    ) {
        defer { fflush(nil) }
        guard json else {
            let texts = figures.map { "\($0.0) \(Report.number($0.1, $0.2))" }
            print(Report.row([title, what]) + "  " + texts.joined(separator: ", "))
            return
        }
        print(
            Report.json(
                [("bench", .text(bench)), ("case", .text("\(title)/\(what)"))]
                    + figures.map { ($0.0, .number($0.1)) }))
    }
}

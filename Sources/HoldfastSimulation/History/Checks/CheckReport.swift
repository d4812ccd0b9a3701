/// What one checker found.
package struct CheckReport: Hashable, Sendable, CustomStringConvertible {
    /// A run that breaks a promise often shows it so many times; more are only counted.
    package static let violationsMax = 16

    package let invariant: HistoryInvariant
    /// How many grants, releases, locks, facts or entries were looked at. A checker that has looked
    /// at none has shown nothing.
    package internal(set) var examined = 0
    /// What looked wrong and is allowed: more nodes forgot than the strength promises to bear.
    package internal(set) var excused = 0
    /// All that is wrong.
    package private(set) var found = 0
    /// The first of them.
    package private(set) var violations: [HistoryViolation] = []

    init(_ invariant: HistoryInvariant) {
        self.invariant = invariant
    }

    /// Adds a violation; what it says is made up only for those that are kept.
    mutating func add(_ violation: () -> HistoryViolation) {
        found += 1
        if violations.count < Self.violationsMax { violations.append(violation()) }
    }

    package var isClean: Bool { found == 0 }

    package var description: String {
        let head =
            "\(invariant.rawValue): \(examined) examined, \(found) violations, \(excused) excused"
        return ([head] + violations.map(\.description)).joined(separator: "\n")
    }
}

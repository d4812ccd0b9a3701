/// How log lines look.
package enum LogFormat: String, CaseIterable, Sendable {
    /// Text on a terminal, JSON elsewhere.
    case auto
    /// One JSON object on each line.
    case json
    /// For people.
    case text
}

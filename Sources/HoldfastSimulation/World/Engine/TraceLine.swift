package import HoldfastBase

/// A line of what happened, for people.
package struct TraceLine: Sendable {
    package let at: Instant
    package let who: String
    package let what: String

    package var text: String {
        let micros = String(at.nanoseconds / 1000)
        let padded = String(repeating: " ", count: max(0, 10 - micros.count)) + micros
        let name = who + String(repeating: " ", count: max(0, 12 - who.count))
        return "\(padded) µs  \(name) \(what)"
    }
}

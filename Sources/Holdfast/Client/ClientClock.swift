package import HoldfastBase
internal import HoldfastSystem
internal import Synchronization

/// What time it is for a client: the clock that counts suspend, or one that a test moves.
package final class ClientClock: Sendable {
    private struct Manual {
        var now: Instant
        var timers: [ObjectIdentifier: (due: Instant, timer: ClientTimer)] = [:]
    }

    private final class Standing: Sendable {
        let contents: Mutex<Manual>

        init(_ now: Instant) { contents = Mutex(Manual(now: now)) }
    }

    private let standing: Standing?

    /// The real one.
    package static let system = ClientClock(standing: nil)

    private init(standing: Standing?) { self.standing = standing }

    /// A clock that stands still until it is advanced.
    package static func standing() -> ClientClock {
        ClientClock(standing: Standing(Clocks.now()))
    }

    package var isManual: Bool { standing != nil }

    package func now() -> Instant {
        standing?.contents.withLock { $0.now } ?? Clocks.now()
    }

    /// When the next timer of a manual clock is due.
    package var nextDue: Instant {
        standing?.contents.withLock { manual in manual.timers.values.map(\.due).min() } ?? .never
    }

    /// Moves a manual clock on and has the timers act that are due.
    package func advance(by interval: Interval) {
        let due = standing?.contents.withLock { manual -> [ClientTimer] in
            manual.now = manual.now + interval
            let now = manual.now
            let due = manual.timers.values.filter { $0.due <= now }.map(\.timer)
            for timer in due { manual.timers[ObjectIdentifier(timer)] = nil }
            return due
        }
        for timer in due ?? [] { timer.fireSoon() }
    }

    /// Has `timer` act when a manual clock reaches `due`; false where the clock goes by itself.
    func set(_ timer: ClientTimer, at due: Instant) -> Bool {
        guard let standing else { return false }
        let isDue = standing.contents.withLock { manual -> Bool in
            if due <= manual.now {
                manual.timers[ObjectIdentifier(timer)] = nil
                return true
            }
            manual.timers[ObjectIdentifier(timer)] = due == .never ? nil : (due, timer)
            return false
        }
        if isDue { timer.fireSoon() }
        return true
    }
}

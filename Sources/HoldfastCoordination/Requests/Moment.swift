package import HoldfastBase

/// When something happened: on the clock that counts suspend, for all lengths of time, and on the
/// wall, for proposing fences and tickets only.
package struct Moment: Hashable, Sendable {
    package var instant: Instant
    package var wallMicroseconds: UInt64

    package init(instant: Instant, wallMicroseconds: UInt64) {
        self.instant = instant
        self.wallMicroseconds = wallMicroseconds
    }
}

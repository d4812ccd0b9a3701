package import HoldfastBase

/// What the register of a key holds: its value, and what was done to it lately.
///
/// Each change that is applied makes the next version. The record remembers by which operation, so
/// that one whose answer was lost is found applied instead of being applied again, also by another
/// server. What it has forgotten it knows: of an operation that may have made a version up to
/// `forgotten` nobody can say whether it did.
package struct KeyRecord: Hashable, Sendable {
    package struct Recent: Hashable, Sendable {
        package var operation: RequestID
        package var version: UInt64

        package init(operation: RequestID, version: UInt64) {
            self.operation = operation
            self.version = version
        }
    }

    package var version: UInt64
    /// `nil`: deleted.
    package var value: [UInt8]?
    /// When the value is over, in milliseconds of wall-clock time; 0 is never. Of a deleted one, when that
    /// was.
    package var expiresAt: UInt64 = 0
    /// Oldest first.
    package var recent: [Recent] = []
    package var forgotten: UInt64 = 0
    /// The largest fences by which it was guarded.
    package var guards: [Guard] = []

    package struct Guard: Hashable, Sendable {
        package var lock: String
        package var fence: UInt64

        package init(lock: String, fence: UInt64) {
            self.lock = lock
            self.fence = fence
        }
    }

    /// How many locks may guard one key.
    package static let guardsMax = 8

    /// How many operations are remembered.
    package static let recentMax = 64

    package init(version: UInt64, value: [UInt8]?, endedAt: UInt64 = 0) {
        self.version = version
        self.value = value
        expiresAt = endedAt
    }

    /// It was guarded by a fence that is not below those before.
    mutating func note(_ guarding: KeyGuard) {
        if let place = guards.firstIndex(where: { $0.lock == guarding.lock }) {
            guards[place].fence = guarding.fence
        } else {
            guards.append(Guard(lock: guarding.lock, fence: guarding.fence))
        }
    }

    /// What it takes in memory, about.
    var size: Int {
        (value?.count ?? 0) + 24 * recent.count + 128
            + guards.reduce(0) { $0 + $1.lock.utf8.count + 32 }
    }

    /// The version that an operation made, if it is remembered.
    func version(by operation: RequestID) -> UInt64? {
        #if HOLDFAST_PLANTS
            if Plant.operationForgotten.isActive { return nil }
        #endif
        return recent.last { $0.operation == operation }?.version
    }

    /// The value at a time, `nil` where there is none any more.
    func value(at milliseconds: UInt64) -> [UInt8]? {
        expiresAt != 0 && expiresAt <= milliseconds ? nil : value
    }

    /// Its time was over, and now it is deleted.
    mutating func expire(at milliseconds: UInt64) {
        version += 1
        value = nil
        expiresAt = milliseconds
    }

    /// The next version, made by `operation`.
    ///
    /// - Parameter expiresAt: when the value will be over, or of a deletion, now.
    mutating func change(to value: [UInt8]?, expiresAt: UInt64, by operation: RequestID) {
        version += 1
        self.value = value
        self.expiresAt = expiresAt
        recent.append(Recent(operation: operation, version: version))
        guard recent.count > Self.recentMax else { return }
        forgotten = max(forgotten, recent[0].version)
        recent.removeFirst()
    }
}

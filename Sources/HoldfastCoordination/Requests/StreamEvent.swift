package import HoldfastNode

/// What a caller with an open stream is told.
package enum StreamEvent: Hashable, Sendable {
    /// A lock is now so. Versions rise for each name; states between may be skipped.
    case lock(LockState, version: UInt64)
    /// A key now has this value, or none. States between may be skipped; the same may come twice.
    case key(name: String, KeyView?)
    /// Of keys, changes may have been missed: what was told before counts no more, and everything is
    /// told anew.
    case keysRestarted
    /// All that was there when the watch began, or was resumed, has been told. With the place to
    /// resume from.
    case synced(WatchToken)
    /// These grants of the session are lost.
    case lost([GrantID])
    /// The session is over.
    case sessionEnded
}

/// A place in the change logs of the nodes, each named by its life.
package struct WatchToken: Hashable, Sendable {
    package struct Place: Hashable, Sendable {
        package var marker: UInt64
        package var sequence: UInt64

        package init(marker: UInt64, sequence: UInt64) {
            self.marker = marker
            self.sequence = sequence
        }
    }

    package var places: [Place]

    package init(places: [Place]) {
        self.places = places
    }
}

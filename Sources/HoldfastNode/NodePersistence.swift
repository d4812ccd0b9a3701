/// How much of what a node has acknowledged survives its crash.
package enum NodePersistence: Hashable, Sendable {
    /// Nothing but an occasional snapshot.
    case none
    /// Written before it is acknowledged.
    case always
    /// All but about the last second.
    case everySecond
    /// What the operating system has written by then.
    case operatingSystem
    /// There is a log, but not how often it is written was told.
    case logged
    case unknown
}

/// What is known of a node when a connection to it has been made.
package struct NodeReadiness: Hashable, Sendable {
    /// Names this life of the node: the start of its run id.
    package var marker: UInt64
    /// Whether what it acknowledged outlives a crash.
    package var isDurable: Bool
    /// Why it cannot be a voter, such as an evicting policy or the role of a replica.
    package var unfitBecause: String?

    package init(marker: UInt64, isDurable: Bool, unfitBecause: String? = nil) {
        self.marker = marker
        self.isDurable = isDurable
        self.unfitBecause = unfitBecause
    }
}

/// What every script asks of a node before anything else: that it belongs to this cluster, in this
/// epoch of the configuration, and is the member it was when it was admitted.
///
/// A node that forgot its data has no gate and refuses; so does one that was admitted anew, or one
/// of another cluster. Nothing else protects the votes, so no command goes without it.
package struct GateIdentity: Hashable, Sendable {
    /// Hash of the cluster's name, chosen at formation.
    package var cluster: UInt64
    /// Number of the configuration; raised whenever a node that may have forgotten is admitted.
    package var epoch: UInt64
    /// Chosen when this node was admitted.
    package var marker: UInt64

    package init(cluster: UInt64, epoch: UInt64, marker: UInt64) {
        self.cluster = cluster
        self.epoch = epoch
        self.marker = marker
    }
}

package import HoldfastNode

/// What the number of an epoch says: which node it was made for. Epochs are never older than the one
/// before, and between two of them may be numbers that are none.
package enum EpochNumber {
    /// More than there are nodes; one place is for the first epoch, which admits nobody.
    private static let places: UInt64 = 8

    /// The next epoch in which this node is admitted.
    package static func after(_ epoch: UInt64, admitting node: NodeIndex) -> UInt64 {
        let place = UInt64(node) + 1
        var next = (max(epoch, 1) - 1) / places * places + 1 + place
        if next <= epoch { next += places }
        return next
    }

    /// Whether this epoch was made to admit this node.
    package static func admits(_ epoch: UInt64, _ node: NodeIndex) -> Bool {
        epoch > 0 && (epoch - 1) % places == UInt64(node) + 1
    }
}

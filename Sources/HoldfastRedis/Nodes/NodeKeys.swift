package import HoldfastNode

/// Names that scripts and servers must agree on; docs/nodes.md has the whole layout. The first
/// letters are the version of the layout.
package enum NodeKeys {
    /// The gate of the node.
    package static let gate = "hf1:g"
    /// What stands before a lock's name in the key of its record.
    package static let lockPrefix = "hf1:l:"
    /// What stands before the name of a register in its key.
    package static let registerPrefix = "hf1:r:"
    /// What stands before a server's number in the name of the channel on which it is woken; a
    /// message is the name of a lock.
    package static let wakePrefix = "hf1:n:"

    /// The channel on which a server is woken.
    package static func wakeChannel(of server: ServerID) -> [UInt8] {
        Array("\(wakePrefix)\(server)".utf8)
    }
}

/// What one caller is told; as text also on the command line of one that is a process.
package struct CallerSettings: Codable, Sendable {
    /// Where the servers are, the one it goes to first.
    package var ports: [Int]
    /// Folder of certificates, resources and histories.
    package var folder: String
    package var number: UInt32
    package var seed: UInt64
    package var locks: [String]
    package var ttlMilliseconds: ClosedRange<UInt64>
    /// Its grants live in a session.
    package var usesSession = false
    /// Takes locks beside others now and then.
    package var shares = true
    /// Never gives back what it holds before it has used it so long.
    package var holdMilliseconds: ClosedRange<UInt64> = 1...120

    package init(_ cluster: ChaosCluster, number: UInt32, seed: UInt64) {
        let first = Int(number) % cluster.servers.count
        ports = cluster.ports(from: first)
        folder = cluster.scratch.path
        self.number = number
        self.seed = seed
        locks = cluster.shape.locks
        ttlMilliseconds = cluster.shape.ttlMilliseconds
    }
}

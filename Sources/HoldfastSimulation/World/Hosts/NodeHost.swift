import HoldfastBase
import HoldfastCoordination

/// A node with the machine it runs on.
struct NodeHost {
    let node: any SimulatedNode
    var clock: HostClock
    /// Names this run of the process.
    var life: UInt64
    /// Whether it says that it writes before it answers; then a crash loses nothing.
    let isDurable: Bool
    var isUp = true
    var sleep = HostSleep()
    /// Reads its data; nobody can connect before.
    var loadingUntil = Instant.zero
    /// What makes it no voter, such as an evicting policy.
    var unfitBecause: String?
    /// It has lost data, and was not made a member again since.
    var hasForgotten = false
    /// What it will have when it is started again.
    var memory = NodeMemory.kept

    var readiness: NodeReadiness {
        NodeReadiness(marker: life, isDurable: isDurable, unfitBecause: unfitBecause)
    }
}

import HoldfastBase
import HoldfastCoordination

/// A node with the machine it runs on.
struct NodeHost {
    let node: any SimulatedNode
    /// The same, as what it is: one of both.
    let memory: MemorySimulatedNode?
    let redis: RedisSimulatedNode?
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
    var kept = NodeMemory.kept

    init(memory: MemorySimulatedNode, clock: HostClock, life: UInt64, isDurable: Bool) {
        (node, self.memory, redis) = (memory, memory, nil)
        (self.clock, self.life, self.isDurable) = (clock, life, isDurable)
    }

    init(redis: RedisSimulatedNode, clock: HostClock, life: UInt64, isDurable: Bool) {
        (node, memory, self.redis) = (redis, nil, redis)
        (self.clock, self.life, self.isDurable) = (clock, life, isDurable)
    }

    /// What names this life of it at its gate.
    var marker: UInt64 { node.marker(life: life) }

    var readiness: NodeReadiness {
        NodeReadiness(marker: marker, isDurable: isDurable, unfitBecause: unfitBecause)
    }
}

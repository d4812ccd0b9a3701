import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// How a world begins.
extension World {
    func makeHosts(_ lua: LuaEngine?) {
        var draw = scenario.generator(.clocks)
        for index in 0..<scenario.nodes {
            let dice = Bool.random(using: &draw)
            let isDurable =
                scenario.durableNodes == .all || (scenario.durableNodes == .some && dice)
            let life = 0x4000 + UInt64(index)
            let clock = clock(&draw)
            if scenario.kind.isRedis(index), let lua {
                nodes.append(
                    NodeHost(
                        redis: RedisSimulatedNode(life: life, isDurable: isDurable, lua: lua),
                        clock: clock, life: life, isDurable: isDurable))
            } else {
                nodes.append(
                    NodeHost(
                        memory: MemorySimulatedNode(), clock: clock, life: life,
                        isDurable: isDurable))
            }
        }
        for index in 0..<scenario.servers {
            let life = UInt64(index) * 1000 + 1
            var clock = clock(&draw)
            let behind = Int64.random(in: 1_000_000...3_600_000_000, using: &draw)
            if scenario.traits.contains(.blindClocks) { clock.wallOffsetMicroseconds = -behind }
            servers.append(
                ServerHost(
                    brain: brain(index, life), clock: clock, life: life,
                    links: Array(repeating: NodeLink(), count: scenario.nodes)))
        }
        // The last client is the one that looks after the rest when all is healed.
        for index in 0...scenario.clients {
            clients.append(
                SimulatedClient(
                    index, world: self, clock: clock(&draw),
                    generator: scenario.generator(.clients, index),
                    isProbe: index == scenario.clients))
        }
        callerLinks = Array(
            repeating: Array(repeating: CallerLink(), count: scenario.servers),
            count: clients.count)
    }

    private func clock(_ draw: inout SeededGenerator) -> HostClock {
        var clock = HostClock()
        clock.base = Int64.random(in: 0...1_000_000_000_000, using: &draw)
        let drift = Int64.random(in: -400...400, using: &draw)
        let offset = Int64.random(in: -80_000...80_000, using: &draw)
        guard scenario.traits.contains(.drift) else { return clock }
        clock.drift = drift
        clock.wallOffsetMicroseconds = offset
        return clock
    }

    func brain(_ server: Int, _ life: ServerID) -> Brain {
        var configuration = ClusterConfiguration(cluster: 7, nodes: scenario.nodes)
        configuration.mayForm = true
        return Brain(configuration, server: life, seed: scenario.seed ^ life)
    }
}

import HoldfastBase

/// Two callers in processes of their own, which a run stops, lets go on, and kills.
struct CallerProcesses {
    private let cluster: ChaosCluster
    private let seed: UInt64
    private var running: [(process: CallerProcess, isPaused: Bool)] = []
    private var made: UInt32 = 0

    init(_ cluster: ChaosCluster, seed: UInt64) {
        self.cluster = cluster
        self.seed = seed
    }

    mutating func start() async throws {
        while running.count < 2 {
            made += 1
            var settings = CallerSettings(
                cluster, number: 500 + made, seed: seed &* 7919 &+ UInt64(made))
            settings.usesSession = made % 2 == 0
            running.append((try await CallerProcess(settings), false))
        }
    }

    /// Something that callers do: hang, come back, die.
    mutating func trouble(_ generator: inout SeededGenerator) async throws {
        let index = Int.random(in: 0..<running.count, using: &generator)
        let draw = Int.random(in: 0..<10, using: &generator)
        switch (draw, running[index].isPaused) {
        case (..<5, true):
            running[index].process.resume()
            running[index].isPaused = false
        case (..<4, false):
            running[index].process.pause()
            running[index].isPaused = true
        case (4, _):
            running.remove(at: index).process.kill()
            try await start()
        default: break
        }
    }

    mutating func stop() async throws {
        for entry in running {
            entry.process.resume()
            try await entry.process.stop()
        }
        running.removeAll()
    }
}

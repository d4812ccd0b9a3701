import HoldfastCoordination
import Testing

@Suite("Keys in worlds")
struct KeyWorldTests {
    @Test("what callers are told is linearizable", arguments: 0..<6)
    func linearizable(_ part: UInt64) {
        var told = 0
        for seed in part * 8..<(part + 1) * 8 {
            var world = KeyWorld(seed: seed)
            world.run()
            for key in world.keys {
                let history = KeyHistory(world.history.filter { $0.key == key })
                #expect(history.violations.isEmpty, "seed \(seed), \(key)")
            }
            told += world.history.count { $0.ended != nil }
            for desk in world.desks { #expect(desk.contents.calls == 0) }
        }
        #expect(told > 300)
    }
}

import Foundation
import HoldfastRedis
import HoldfastSimulation
import Testing

/// The model against a real redis-server: the same random commands, the same replies.
@Suite("Redis model against redis-server")
struct CommandDifferentialTests {
    @Test("random commands are answered as Redis answers them", arguments: [1, 2, 3] as [UInt64])
    func commands(seed: UInt64) throws {
        let server = try RedisServer()
        let client = try server.connect()
        let model = RedisModel(lua: LuaEngine())
        var grammar = CommandGrammar(seed: seed)
        var history: [[[UInt8]]] = []
        for _ in 0..<100 {
            let batch = (0..<400).map { _ in grammar.command() }
            let now = UInt64(Date().timeIntervalSince1970 * 1_000_000)
            let real = try client.execute(batch)
            for (command, theirs) in zip(batch, real) {
                let ours = model.execute(command, nowMicroseconds: now)
                history.append(command)
                if Canonical.agree(command, ours, theirs) { continue }
                report(command, ours, theirs, history)
                return
            }
        }
    }

    private func report(
        _ command: [[UInt8]], _ ours: RedisValue, _ theirs: RedisValue, _ history: [[[UInt8]]]
    ) {
        let key = command.count > 1 ? command[1] : []
        let earlier = history.suffix(400).filter { $0.contains(key) }.suffix(25)
        let lines = earlier.map { words in
            words.map { String(decoding: $0, as: UTF8.self).debugDescription }
                .joined(separator: " ")
        }
        Issue.record(
            """
            model: \(Canonical.text(ours))
            redis: \(Canonical.text(theirs))
            after: \(lines.joined(separator: "\n       "))
            """)
    }
}

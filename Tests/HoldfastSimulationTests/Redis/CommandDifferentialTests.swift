import Testing

/// The model against a real redis-server: the same random commands, the same replies.
@Suite("Redis model against redis-server")
struct CommandDifferentialTests {
    @Test(
        "random commands are answered as Redis answers them", arguments: [1, 2, 3, 4] as [UInt64])
    func commands(seed: UInt64) throws {
        let pair = try ServerPair()
        var grammar = CommandGrammar(seed: seed)
        for _ in 0..<75 {
            try pair.compare((0..<400).map { _ in grammar.command() })
        }
        #expect(pair.errorCount < pair.count / 2, "most commands should do something")
    }

    @Test("random scripts end as they end in Redis", arguments: [1, 2, 3] as [UInt64])
    func scripts(seed: UInt64) throws {
        let pair = try ServerPair()
        var commands = CommandGrammar(seed: seed)
        var scripts = ScriptGrammar(seed: seed)
        // What a script has done shows at once, and not only when a later command stumbles over it.
        let types = CommandGrammar.keys.map { [Array("TYPE".utf8), Array($0.utf8)] }
        for _ in 0..<150 {
            try pair.compare(
                (0..<25).flatMap { _ in
                    let script = scripts.command()
                    return [commands.command(), script] + types
                })
        }
    }
}

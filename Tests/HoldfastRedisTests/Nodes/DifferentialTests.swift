import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import HoldfastRedis
import Testing

/// The scripts on a real server against the node in memory, command by command.
@Suite("Scripts do what the node in memory does")
struct DifferentialTests {
    struct Expected {
        var command: NodeCommand
        var reply: NodeReply
        var wakes: [Wake]
        var microseconds: UInt64
    }

    /// What differed first, or nil.
    static func run(
        seed: UInt64, count: Int, plant: (String) -> String = { $0 }
    ) throws -> String? {
        let node = try RedisNode(isTimed: true, plant: plant)
        var memory = MemoryNode()
        var commands = RandomCommands(seed: seed)
        var expected: [Expected] = []
        var done = 0
        func compare() throws -> String? {
            for (one, other) in zip(expected, try node.flush()) {
                if one.reply != other.reply || one.wakes != other.wakes {
                    return """
                        seed \(seed), command \(done) at \(one.microseconds): \(one.command)
                        memory: \(one.reply) \(one.wakes)
                        redis: \(other.reply) \(other.wakes)
                        """
                }
                done += 1
            }
            expected = []
            return nil
        }
        for number in 0..<count {
            commands.advance()
            let time = commands.microseconds
            let command = number == 0 ? .form(commands.identity) : commands.next()
            var identity = commands.identity
            if number % 50 == 49 { identity.marker -= 1 }
            switch command {
            case .list, .listGrants:
                if let difference = try compare() { return difference }
                let pages = walk(command) {
                    memory.execute($0, expecting: identity, microseconds: time)
                }
                let others = try walk(command) {
                    try node.execute($0, identity, microseconds: time).reply
                }
                done += 1
                if pages != others { return "seed \(seed): \(command): \(pages) \(others)" }
            default:
                let reply = memory.execute(command, expecting: identity, microseconds: time)
                expected.append(
                    Expected(
                        command: command, reply: reply, wakes: memory.takeWakes(),
                        microseconds: time))
                try node.add(command, identity, microseconds: time)
                if expected.count == 128, let difference = try compare() { return difference }
            }
            if let identity = memory.gate?.identity { commands.identity = identity }
        }
        return try compare()
    }

    /// All pages, in an order that both can be brought to.
    private static func walk(
        _ command: NodeCommand, _ execute: (NodeCommand) throws -> NodeReply
    ) rethrows -> [String] {
        var command = command
        var found: Set<String> = []
        while true {
            let reply = try execute(command)
            let next: UInt64
            switch reply {
            case .names(let names, let cursor):
                found.formUnion(names)
                next = cursor
            case .grants(let views, let cursor):
                found.formUnion(views.map { "\($0)" })
                next = cursor
            default: return ["\(reply)"]
            }
            guard next != 0 else { return found.sorted() }
            switch command {
            case .list(let prefix, _, let limit):
                command = .list(prefix: prefix, cursor: next, limit: limit)
            case .listGrants(let session, _): command = .listGrants(session: session, cursor: next)
            default: return []
            }
        }
    }

    @Test(
        "Random commands are answered alike, and wake the same",
        arguments: 1...8 as ClosedRange<UInt64>)
    func random(seed: UInt64) throws {
        let difference = try Self.run(seed: seed, count: 5_000)
        #expect(difference == nil, "\(difference ?? "")")
    }
}

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
        seed: UInt64, count: Int, _ mix: RandomCommands.Mix = .all,
        plant: (String) -> String = { $0 }
    ) throws -> String? {
        let node = try RedisNode(isTimed: true, plant: plant)
        var memory = MemoryNode()
        var commands = RandomCommands(seed: seed, mix)
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

    @Test("A small difference in a script is found", arguments: Plant.all)
    func plants(plant: Plant) throws {
        #expect(NodeScript.allCases.contains { plant.apply($0.source) != $0.source })
        var isFound = false
        for seed in 1...40 as ClosedRange<UInt64> where !isFound {
            for mix in [RandomCommands.Mix.registers, .locks, .all] where !isFound {
                isFound = try Self.run(seed: seed, count: 5_000, mix, plant: plant.apply) != nil
            }
        }
        #expect(isFound)
    }

    @Test("Random commands reach every kind of answer")
    func reach() {
        var memory = MemoryNode()
        var commands = RandomCommands(seed: 1)
        var kinds: Set<String> = []
        _ = memory.execute(
            .form(commands.identity), expecting: commands.identity,
            microseconds: commands.microseconds)
        for _ in 0..<20_000 {
            commands.advance()
            let reply = memory.execute(
                commands.next(), expecting: commands.identity, microseconds: commands.microseconds)
            kinds.formUnion(Self.kinds(of: reply))
            if !memory.takeWakes().isEmpty { kinds.insert("wake") }
            if let identity = memory.gate?.identity { commands.identity = identity }
        }
        let wanted: Set = [
            "granted", "held", "queued", "delayed", "own", "noSession", "buried", "clockSkew",
            "released", "wasHeld", "next", "done", "notDone", "renewed", "reseeded", "lost",
            "alive",
            "none", "seeded", "grants", "swept", "sweptSome", "locks", "names", "accepted",
            "changes",
            "gate", "otherGate", "wake", "joined", "queue", "registerLearns", "promised", "copy",
            "conflict", "taken", "takenWithNext", "collected", "notCollected", "page", "pageEnd",
        ]
        #expect(wanted.subtracting(kinds) == [])
    }

    private static func kinds(of reply: NodeReply) -> [String] {
        switch reply {
        case .acquire(let reply): [kind(of: reply)]
        case .released(let wasHeld, let next):
            ["released"] + (wasHeld ? ["wasHeld"] : []) + (next?.isGranted == true ? ["next"] : [])
        case .done(let isDone): [isDone ? "done" : "notDone"]
        case .renewed(.held): ["renewed"]
        case .renewed(.seeded): ["reseeded"]
        case .renewed(.lost): ["lost"]
        case .session(.alive(_, let count, _)): count > 0 ? ["alive"] : []
        case .session(.none): ["none"]
        case .seeded(let some): some.contains(true) ? ["seeded"] : []
        case .grants(let views, _): views.isEmpty ? [] : ["grants"]
        case .swept(let count, let more): (count > 0 ? ["swept"] : []) + (more ? ["sweptSome"] : [])
        case .locks(let views):
            ["locks"]
                + (views.contains { $0.grants.contains { $0.joined.count > 1 } } ? ["joined"] : [])
        case .names(let names, _): names.isEmpty ? [] : ["names"]
        case .queue(let places): places.isEmpty ? [] : ["queue"]
        case .accepted: ["accepted"]
        case .changes(_, _, let names): names.isEmpty ? [] : ["changes"]
        case .gate: ["gate"]
        case .register(let reply): [kind(of: reply)]
        case .registers(let entries, _, let more):
            entries.isEmpty ? [] : [more ? "page" : "pageEnd"]
        case .refused: ["otherGate"]
        case .failed: ["failed"]
        }
    }

    private static func kind(of reply: RegisterReply) -> String {
        switch reply {
        case .copy(let copy): copy.value == nil ? "promised" : "copy"
        case .accepted(let isNextPromised): isNextPromised ? "takenWithNext" : "taken"
        case .conflict: "conflict"
        case .collected(let isDone): isDone ? "collected" : "notCollected"
        case .learning: "registerLearns"
        }
    }

    private static func kind(of reply: AcquireReply) -> String {
        switch reply {
        case .granted: "granted"
        case .held(let refusal): "\(refusal.reason)"
        case .noSession: "noSession"
        case .buried: "buried"
        case .clockSkew: "clockSkew"
        case .full: "full"
        }
    }
}

/// A mistake in the scripts that only their answers betray.
struct Plant: Sendable, CustomTestStringConvertible {
    let from: String
    let to: String

    var testDescription: String { "\(from) → \(to)" }

    func apply(_ source: String) -> String { source.replacing(from, with: to) }

    static let all = [
        Plant(from: "if not it.source and counter <= floor then", to: "if false then"),
        Plant(from: "local isKnown = it.accepted == counter", to: "local isKnown = false"),
        Plant(from: "if isDead then\n", to: "if false then\n"),
        Plant(from: "call('ZREM', 'hf1:rd', nameOf(KEYS[1]))", to: ""),
        Plant(from: "if due ~= it.due then", to: "if due > it.due then"),
        Plant(from: "'-inf', math.min(ARGV[2] + 0, milliseconds())", to: "'-inf', ARGV[2]"),
        Plant(from: "if watched > 0 and", to: "if false and"),
        Plant(
            from: "if it.kind == '0' then call('ZADD'",
            to: "if true then call('ZADD', 'hf1:rz', 0, 'x') call('ZADD'"),
        Plant(from: "floor = math.max(floor, ARGV[4] + 0)", to: "floor = floor"),
        Plant(from: "counter == other and proposer < otherProposer", to: "false"),
        Plant(
            from: "if isLess(it.accepted, it.accepter, counter, proposer) then", to: "if true then"),
        Plant(from: "if ARGV[5] == '1' then", to: "if false then"),
        Plant(from: "if grant.delay > 0 and ending > 0 then", to: "if false then"),
        Plant(from: "70368744177663 - element", to: "element"),
        Plant(from: "it.grants[2] or fence", to: "fence"),
        Plant(from: "if fence + 0 >= present.fence + 0 then", to: "if true then"),
        Plant(from: "proposed > 0 and grant.fence + 0 > proposed", to: "false"),
        Plant(from: "if grant.mode == '2' then mode = '2' end", to: ""),
        Plant(from: "left < right", to: "left > right"),
        Plant(from: "(claim and not covers(claim, claimOf(grant, id)))", to: "false"),
        Plant(from: "step.claim + 0 > claimOf(grant, step.id) + 0 then", to: "false then"),
        Plant(from: "if other ~= id then", to: "if true then"),
        Plant(from: "current == period + 1 and before or reserved", to: "before"),
        Plant(from: "found[number] + 0 > now then", to: "found[number] + 0 > now + 15000 then"),
        Plant(from: "'PX', '120000'", to: "'PX', '20000'"),
        Plant(from: "now + 120000", to: "now + 20000"),
        Plant(from: "'PX', ARGV[7]", to: "'PX', ARGV[6]"),
        Plant(from: "digest - element", to: "digest"),
        Plant(from: "isFair and waiterBefore", to: "isFair and false and waiterBefore"),
        Plant(from: "if first.mode == '1' or grant.mode == '1' then return end", to: ""),
        Plant(
            from: "waiter.server, waiter.claim = step.server, step.claim",
            to: "waiter.server, waiter.claim = waiter.server or step.server, step.claim"),
        Plant(from: "(now + 10000)", to: "(waiter.ending or now + 10000)"),
        Plant(from: "newest = math.max(newest + 1, micros)", to: "newest = newest + 1"),
    ]
}

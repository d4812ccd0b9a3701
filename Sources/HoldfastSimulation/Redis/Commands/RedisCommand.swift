internal import HoldfastBase
internal import HoldfastRedis

/// A command: its name, how many arguments it takes, when it may be called, and what it does.
final class RedisCommand: Sendable {
    /// Throws a `RedisFailure`; closures do not infer the types of their errors.
    typealias Handler = @Sendable (RedisModel, [[UInt8]]) throws -> RedisValue

    let name: String
    /// Words with the name among them; negative: at least so many.
    let arity: Int
    let flags: RedisCommandFlags
    private let handler: Handler

    init(_ name: String, _ arity: Int, _ flags: RedisCommandFlags, _ handler: @escaping Handler) {
        self.name = name
        self.arity = arity
        self.flags = flags
        self.handler = handler
    }

    /// Carries the command out; whether it may be is decided before.
    func perform(on model: RedisModel, _ arguments: [[UInt8]]) -> RedisValue {
        do {
            return try handler(model, arguments)
        } catch let failure as RedisFailure {
            return .error(failure.text)
        } catch {
            unreachable("a command threw something else")
            return .null
        }
    }

    func accepts(argumentCount: Int) -> Bool {
        arity > 0 ? argumentCount == arity : argumentCount >= -arity
    }

    /// The command that the words call, if there is one.
    static func lookUp(_ arguments: [[UInt8]]) -> RedisCommand? {
        guard let first = arguments.first, let name = RedisCommandName(first) else { return nil }
        if let command = table[name] { return command }
        guard arguments.count > 1, let second = RedisCommandName(arguments[1]) else { return nil }
        return subcommands[name]?[second]
    }

    /// The command that the words of a client call, with as many of them as it takes.
    static func find(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisCommand {
        guard let command = lookUp(arguments) else { throw unknown(arguments) }
        if !command.accepts(argumentCount: arguments.count) { throw .arity(command.name) }
        return command
    }

    private static func unknown(_ arguments: [[UInt8]]) -> RedisFailure {
        guard let first = arguments.first else { return RedisFailure("ERR unknown command ''") }
        var text: [UInt8]
        if let name = RedisCommandName(first), let group = subcommands[name] {
            let upper = first.map { $0 >= 97 && $0 <= 122 ? $0 & 0xdf : $0 }
            if arguments.count == 1, let any = group.first {
                return .arity(String(any.value.name.prefix { $0 != "|" }))
            }
            text = Array("ERR unknown subcommand '".utf8) + arguments[1].prefix(128)
            text += Array("'. Try ".utf8) + upper + Array(" HELP.".utf8)
        } else {
            text = Array("ERR unknown command '".utf8) + first.prefix(128)
            text += Array("', with args beginning with: ".utf8)
            var shown = 0
            for argument in arguments.dropFirst() where shown < 128 {
                let part = argument.prefix(128 - shown)
                text += [UInt8(ascii: "'")] + part + Array("' ".utf8)
                shown += part.count + 3
            }
        }
        return RedisFailure(bytes: text.map { $0 == 10 || $0 == 13 ? 32 : $0 })
    }

    private static let table = Dictionary(
        uniqueKeysWithValues: all.filter { !$0.name.contains("|") }.compactMap { command in
            RedisCommandName(Array(command.name.utf8)).map { ($0, command) }
        })

    private static let subcommands: [RedisCommandName: [RedisCommandName: RedisCommand]] = {
        var groups: [RedisCommandName: [RedisCommandName: RedisCommand]] = [:]
        for command in all {
            let parts = command.name.utf8.split(separator: UInt8(ascii: "|"))
            guard parts.count == 2, let group = RedisCommandName(Array(parts[0])),
                let name = RedisCommandName(Array(parts[1]))
            else { continue }
            groups[group, default: [:]][name] = command
        }
        return groups
    }()
}

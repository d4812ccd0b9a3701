import Foundation
import HoldfastRedis
import HoldfastSimulation
import Testing

/// A real server and a model that are asked the same.
final class ServerPair {
    private struct Difference: Error {}

    private let server: RedisServer
    private let client: RedisClient
    private let model = RedisModel(lua: LuaEngine())
    private var history: [[[UInt8]]] = []
    private(set) var count = 0
    private(set) var errorCount = 0

    init() throws {
        server = try RedisServer()
        client = try server.connect()
    }

    /// Has both carry out the commands; records the first difference and gives up.
    func compare(_ commands: [[[UInt8]]]) throws {
        let now = UInt64(Date().timeIntervalSince1970 * 1_000_000)
        for (command, theirs) in zip(commands, try client.execute(commands)) {
            let ours = model.execute(command, nowMicroseconds: now)
            history.append(command)
            count += 1
            if case .error = theirs { errorCount += 1 }
            if Canonical.agree(command, ours, theirs) { continue }
            record(command, ours, theirs)
            throw Difference()
        }
    }

    private func record(_ command: [[UInt8]], _ ours: RedisValue, _ theirs: RedisValue) {
        let isScript = command[0] == Array("EVAL".utf8)
        let key = command.count > 1 ? command[1] : []
        let earlier =
            isScript
            ? history.suffix(1) : history.suffix(400).filter { $0.contains(key) }.suffix(25)
        let lines = earlier.map { words in
            words.map { String(decoding: $0, as: UTF8.self) }
                .map { isScript ? $0 : $0.debugDescription }.joined(separator: " ")
        }
        Issue.record(
            """
            model: \(Canonical.text(ours))
            redis: \(Canonical.text(theirs))
            after: \(lines.joined(separator: "\n       "))
            """)
    }
}

import HoldfastBase
import HoldfastNode
import HoldfastRedis

/// A node as coordination sees it, by the scripts on a real server.
final class RedisNode {
    let connection: RedisConnection
    private let subscription: RedisConnection
    private let server: RedisServer
    private var digests: [String] = []
    /// Whether the time comes with each command, and keys end by that time.
    private let isTimed: Bool
    private var pending: [UInt8] = []
    private var scripts: [NodeScript] = []

    init(isTimed: Bool = false, plant: (String) -> String = { $0 }) throws {
        self.isTimed = isTimed
        server = try RedisServer()
        connection = try server.connect()
        subscription = try server.connect()
        try subscription.command("PSUBSCRIBE", NodeKeys.wakePrefix + "*")
        for script in NodeScript.allCases {
            let source = plant(isTimed ? TimedScript.source(of: script) : script.source)
            guard case .bulk(let digest) = try connection.command("SCRIPT", "LOAD", source) else {
                throw Failure("\(script) does not load")
            }
            digests.append(String(decoding: digest, as: UTF8.self))
        }
    }

    /// Puts a command behind those that are to be sent.
    func add(_ command: NodeCommand, _ identity: GateIdentity, microseconds: UInt64 = 0) throws {
        var call = NodeCall()
        guard call.write(command, expecting: identity) else {
            throw Failure("out of bounds: \(command)")
        }
        scripts.append(NodeScript.allCases[call.call.script])
        let plain = unsafe call.call.bytes.withUnsafeBytes { unsafe Array($0) }
        if isTimed {
            pending += TimedScript.call(
                plain, digest: digests[call.call.script], microseconds: microseconds)
        } else {
            pending += plain
        }
        pending += Self.mark
    }

    /// Sends what was added; the answers, each with the wakes of its command.
    func flush() throws -> [(reply: NodeReply, wakes: [Wake])] {
        try connection.send(pending)
        pending = []
        defer { scripts = [] }
        var failure: Failure?
        let answers = try scripts.map { script in
            let value = try connection.receive()
            if case .error(let text) = value {
                failure = Failure("\(script): \(String(decoding: text, as: UTF8.self))")
            }
            _ = try connection.receive()
            return (script.reply(value), try receiveWakes())
        }
        if let failure { throw failure }
        return answers
    }

    /// Published behind each command, so that its wakes can be told from the next one's.
    private static let mark = Array("*3\r\n$7\r\nPUBLISH\r\n$7\r\nhf1:n:0\r\n$0\r\n\r\n".utf8)

    /// What was published before the next mark.
    private func receiveWakes() throws -> [Wake] {
        var wakes: [Wake] = []
        while true {
            guard case .array(let parts) = try subscription.receive(), parts.count == 4,
                case .bulk(let channel) = parts[2], case .bulk(let name) = parts[3],
                let server = ServerID(
                    String(
                        decoding: channel.dropFirst(NodeKeys.wakePrefix.utf8.count), as: UTF8.self))
            else { throw Failure("no message") }
            if server == 0 { return wakes }
            wakes.append(Wake(server: server, name: String(decoding: name, as: UTF8.self)))
        }
    }

    func execute(
        _ command: NodeCommand, _ identity: GateIdentity, microseconds: UInt64 = 0
    ) throws -> (reply: NodeReply, wakes: [Wake]) {
        try add(command, identity, microseconds: microseconds)
        guard let answer = try flush().first else { throw Failure("no answer") }
        return answer
    }
}

package import HoldfastRedis

/// One Redis 7.0 node in memory: the commands that this project uses, with the replies, errors and
/// conversions of the real one.
///
/// A command in, a reply out. The model has no clock and no randomness: the caller hands in the wall
/// clock of the node, which may jump either way, and keys end by it, when they are next looked at.
/// During a script that time stands still, for `TIME` as well. Scripts run on the Lua that Redis has
/// (see `LuaHost`). Faults are switches (`RedisFaults`) and operations (`RedisModel+Faults`).
///
/// A differential test holds the model to a real redis-server. What differs on purpose: keys never
/// end behind the scenes, scans and unordered replies have an order that depends on the data alone,
/// and there is one database. Not modelled: transactions, streams, blocking commands, patterns of
/// subscriptions, access control lists, RESP 3.
package final class RedisModel {
    /// May change while it runs, as by CONFIG SET.
    package var settings: RedisSettings
    package var faults = RedisFaults()
    /// New at every restart; `INFO` shows it.
    package internal(set) var runID: String

    var dataset = RedisDataset()
    var connections: [Int: RedisConnection] = [:]
    /// The connections of a channel, in the order of their subscription.
    var subscribers: [RedisBytes: [Int]] = [:]
    var messages: [RedisMessage] = []
    /// The digests of the scripts that this node knows.
    var knownScripts: Set<RedisBytes> = []
    let lua: LuaEngine

    /// The connection whose command is carried out.
    var connection = 0
    /// The wall clock during the command or script under way.
    var nowMicroseconds: Int64 = 0
    var nowMilliseconds: Int64 = 0
    /// Whether the script under way has called a command that writes: then nothing stops it.
    var hasScriptWritten = false
    /// What the first line of the script under way says.
    var scriptHead: ScriptHead?

    /// A new, empty node. Nodes of one simulation share a Lua engine, so that each script is compiled
    /// once.
    package init(
        runID: String = "0000000000000000000000000000000000000000",
        settings: RedisSettings = RedisSettings(), lua: LuaEngine
    ) {
        self.runID = runID
        self.settings = settings
        self.lua = lua
    }

    /// Carries out one command of one connection at a time of the node's wall clock.
    ///
    /// Never traps, whatever the arguments are. The numbers of connections are the caller's.
    package func execute(
        _ arguments: [[UInt8]], connection: Int = 0, nowMicroseconds: UInt64
    ) -> RedisValue {
        self.connection = connection
        self.nowMicroseconds =
            Int64(clamping: nowMicroseconds) &+ faults.clockOffsetMicroseconds
        nowMilliseconds = self.nowMicroseconds / 1000
        do throws(RedisFailure) {
            let command = try RedisCommand.find(arguments)
            try admit(command)
            return command.perform(on: self, arguments)
        } catch {
            return .error(error.text)
        }
    }

    /// Whether the node has sent something.
    var hasMessages: Bool { !messages.isEmpty }

    /// What the node has sent since this was asked last, in its order.
    package func takeMessages() -> [RedisMessage] {
        defer { messages = [] }
        return messages
    }

    /// Forgets a connection and its subscriptions.
    package func disconnect(_ connection: Int) {
        for channel in connections[connection]?.channels ?? [] {
            subscribers[channel]?.removeAll { $0 == connection }
        }
        connections[connection] = nil
    }

    /// Refuses a command in the order in which Redis looks for reasons.
    private func admit(_ command: RedisCommand) throws(RedisFailure) {
        let state = connections.isEmpty ? nil : connections[connection]
        if settings.password != nil, state?.isAuthenticated != true,
            !command.flags.contains(.withoutAuthentication)
        {
            throw .noAuthentication
        }
        if faults.isOutOfMemory, command.flags.contains(.deniedWithoutMemory) {
            throw .outOfMemory
        }
        if faults.isDiskFailing, command.flags.contains(.writes) || command.name == "ping" {
            throw diskFailure
        }
        if faults.isReplica, command.flags.contains(.writes) { throw .readOnly }
        if let state, !state.channels.isEmpty, !command.flags.contains(.whileSubscribed) {
            throw RedisFailure(
                "ERR Can't execute '\(command.name)': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING"
                    + " / QUIT / RESET are allowed in this context")
        }
        if faults.isMasterDown, !command.flags.contains(.whileStale) { throw .masterDown }
        if faults.isLoading, !command.flags.contains(.whileLoading) { throw .loading }
        if faults.isBusy, !command.flags.contains(.withoutAuthentication) { throw .busy }
    }

    var diskFailure: RedisFailure {
        settings.isAppendOnly ? .cannotAppend : .cannotSave
    }
}

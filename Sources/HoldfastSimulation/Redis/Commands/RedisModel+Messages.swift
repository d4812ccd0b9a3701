internal import HoldfastRedis

/// Channels: who has subscribed to what, and what was sent to whom.
extension RedisModel {
    func publish(_ arguments: [[UInt8]]) -> RedisValue {
        let receivers = subscribers[RedisBytes(arguments[1])] ?? []
        let value = RedisValue.array([
            .bulk(Array("message".utf8)), .bulk(arguments[1]), .bulk(arguments[2]),
        ])
        messages += receivers.map { RedisMessage(connection: $0, value: value) }
        return .number(receivers.count)
    }

    func subscribe(_ arguments: [[UInt8]]) -> RedisValue {
        var state = connections[connection] ?? RedisConnection()
        let confirmations = arguments.dropFirst().map { name in
            let channel = RedisBytes(name)
            if !state.channels.contains(channel) {
                state.channels.append(channel)
                subscribers[channel, default: []].append(connection)
            }
            return confirmation("subscribe", .bulk(name), state.channels.count)
        }
        connections[connection] = state
        return first(of: confirmations)
    }

    func unsubscribe(_ arguments: [[UInt8]]) -> RedisValue {
        var state = connections[connection] ?? RedisConnection()
        let names = arguments.count > 1 ? Array(arguments[1...]) : state.channels.map(\.bytes)
        let confirmations = names.map { name in
            let channel = RedisBytes(name)
            state.channels.removeAll { $0 == channel }
            subscribers[channel]?.removeAll { $0 == connection }
            return confirmation("unsubscribe", .bulk(name), state.channels.count)
        }
        connections[connection] = state
        return confirmations.isEmpty
            ? confirmation("unsubscribe", .null, 0) : first(of: confirmations)
    }

    private func confirmation(_ kind: String, _ channel: RedisValue, _ count: Int) -> RedisValue {
        .array([.bulk(Array(kind.utf8)), channel, .number(count)])
    }

    /// Each channel is confirmed by itself: the first confirmation is the reply, and the others
    /// follow it as messages.
    private func first(of confirmations: [RedisValue]) -> RedisValue {
        messages += confirmations.dropFirst().map {
            RedisMessage(connection: connection, value: $0)
        }
        return confirmations.first ?? .null
    }
}

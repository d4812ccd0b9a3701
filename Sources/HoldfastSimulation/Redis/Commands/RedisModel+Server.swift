internal import HoldfastRedis

/// Commands about the node and the connection.
extension RedisModel {
    func time() -> RedisValue {
        .array([
            .bulk(RedisNumber.text(nowMicroseconds / 1_000_000)),
            .bulk(RedisNumber.text(nowMicroseconds % 1_000_000)),
        ])
    }

    func ping(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        if arguments.count > 2 { throw .arity("ping") }
        if connections[connection]?.channels.isEmpty == false {
            let payload = arguments.count == 2 ? arguments[1] : []
            return .array([.bulk(Array("pong".utf8)), .bulk(payload)])
        }
        return arguments.count == 2 ? .bulk(arguments[1]) : .status(Array("PONG".utf8))
    }

    /// There is one database.
    func select(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        if try integer(arguments[1]) != 0 { throw RedisFailure("ERR DB index is out of range") }
        return .ok
    }

    func authenticate(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        if arguments.count > 3 { throw .syntax }
        if arguments.count == 2, settings.password == nil {
            throw RedisFailure(
                "ERR AUTH <password> called without any password configured for the default user."
                    + " Are you sure your configuration is correct?")
        }
        let isUser = arguments.count == 2 || arguments[1] == Array("default".utf8)
        let isGood = settings.password.map { $0 == arguments[arguments.count - 1] } ?? true
        guard isUser, isGood else { throw .wrongPassword }
        connections[connection, default: RedisConnection()].isAuthenticated = true
        return .ok
    }

    func setName(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        if arguments[2].contains(where: { $0 < 33 || $0 > 126 }) {
            throw RedisFailure(
                "ERR Client names cannot contain spaces, newlines or special characters.")
        }
        connections[connection, default: RedisConnection()].name = arguments[2]
        return .ok
    }

    func name(_ arguments: [[UInt8]]) -> RedisValue {
        guard let name = connections[connection]?.name, !name.isEmpty else { return .null }
        return .bulk(name)
    }

    func configuration(_ arguments: [[UInt8]]) -> RedisValue {
        let known = [
            ("appendfsync", settings.appendFsync),
            ("appendonly", settings.isAppendOnly ? "yes" : "no"),
            ("maxmemory-policy", settings.evictionPolicy),
        ]
        let patterns = arguments.dropFirst(2).map { words in
            GlobPattern(words.map { $0 >= 65 && $0 <= 90 ? $0 | 0x20 : $0 })
        }
        return .array(
            known.flatMap { setting -> [RedisValue] in
                let name = Array(setting.0.utf8)
                guard patterns.contains(where: { $0.matches(name) }) else { return [] }
                return [.bulk(name), .bulk(Array(setting.1.utf8))]
            })
    }

    func info(_ arguments: [[UInt8]]) -> RedisValue {
        let wanted = arguments.dropFirst().map { String(decoding: $0, as: UTF8.self).lowercased() }
        let isAll =
            wanted.isEmpty || wanted.contains { ["all", "default", "everything"].contains($0) }
        let sections = [
            section("Server", serverFields), section("Memory", memoryFields),
            section("Persistence", persistenceFields), section("Replication", replicationFields),
        ].filter { isAll || wanted.contains($0.name) }
        return .bulk(Array(sections.map(\.text).joined(separator: "\r\n").utf8))
    }

    private func section(_ title: String, _ fields: [(String, String)]) -> (
        name: String, text: String
    ) {
        let lines = fields.map { "\($0.0):\($0.1)\r\n" }.joined()
        return (title.lowercased(), "# \(title)\r\n\(lines)")
    }

    private var serverFields: [(String, String)] {
        [
            ("redis_version", "7.0.15"), ("redis_mode", "standalone"), ("run_id", runID),
            ("server_time_usec", "\(nowMicroseconds)"),
        ]
    }

    private var memoryFields: [(String, String)] {
        [
            ("maxmemory", faults.isOutOfMemory ? "1" : "0"),
            ("maxmemory_policy", settings.evictionPolicy),
        ]
    }

    private var persistenceFields: [(String, String)] {
        let status = faults.isDiskFailing ? "err" : "ok"
        return [
            ("loading", faults.isLoading ? "1" : "0"), ("rdb_last_bgsave_status", status),
            ("aof_enabled", settings.isAppendOnly ? "1" : "0"),
            ("aof_last_bgrewrite_status", "ok"), ("aof_last_write_status", status),
        ]
    }

    private var replicationFields: [(String, String)] {
        let history = [
            ("connected_slaves", "0"), ("master_replid", runID),
            ("master_replid2", String(repeating: "0", count: 40)),
        ]
        guard faults.isReplica else { return [("role", "master")] + history }
        let link = faults.isMasterDown ? "down" : "up"
        return [("role", "slave"), ("master_link_status", link)] + history
    }
}

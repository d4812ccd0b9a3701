internal import HoldfastRedis

/// Scripts: loading them, running them, and what their commands may do.
extension RedisModel {
    func loadScript(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        .bulk(try learn(arguments[2]).bytes)
    }

    func scriptsExist(_ arguments: [[UInt8]]) -> RedisValue {
        .array(arguments.dropFirst(2).map { .flag(knownScripts.contains(digest(named: $0))) })
    }

    func flushScripts(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let isGood =
            arguments.count == 2
            || arguments.count == 3 && (arguments[2].isWord("sync") || arguments[2].isWord("async"))
        guard isGood else {
            throw RedisFailure("ERR SCRIPT FLUSH only support SYNC|ASYNC option")
        }
        flushScripts()
        return .ok
    }

    func evaluate(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let keyCount = try keyCount(arguments)
        return try run(learn(arguments[1]), arguments, keyCount)
    }

    func evaluateDigest(_ arguments: [[UInt8]]) throws(RedisFailure) -> RedisValue {
        let keyCount = try keyCount(arguments)
        let digest = digest(named: arguments[1])
        guard knownScripts.contains(digest) else { throw .noScript }
        return try run(digest, arguments, keyCount)
    }

    private func keyCount(_ arguments: [[UInt8]]) throws(RedisFailure) -> Int {
        let count = try integer(arguments[2])
        if count > arguments.count - 3 {
            throw RedisFailure("ERR Number of keys can't be greater than number of args")
        }
        if count < 0 { throw RedisFailure("ERR Number of keys can't be negative") }
        return Int(count)
    }

    /// Compiles a script, if it is new, and remembers that this node has it.
    private func learn(_ body: [UInt8]) throws(RedisFailure) -> RedisBytes {
        let digest = try lua.compile(body)
        knownScripts.insert(digest)
        return digest
    }

    /// Digests are looked up in either case.
    private func digest(named name: [UInt8]) -> RedisBytes {
        let isLower = !name.contains { $0 >= 65 && $0 <= 90 }
        return RedisBytes(isLower ? name : name.map { $0 >= 65 && $0 <= 90 ? $0 | 0x20 : $0 })
    }

    private func run(
        _ digest: RedisBytes, _ arguments: [[UInt8]], _ keyCount: Int
    ) throws(RedisFailure) -> RedisValue {
        hasScriptWritten = false
        return try lua.run(
            digest, keys: arguments[3..<3 + keyCount], arguments: arguments[(3 + keyCount)...],
            on: self)
    }

    /// Carries out a command that a script calls. Other things are allowed there than to a client,
    /// and refusals have other words.
    func executeInScript(_ arguments: [[UInt8]]) -> RedisValue {
        do throws(RedisFailure) {
            guard let command = RedisCommand.lookUp(arguments) else {
                throw RedisFailure("ERR Unknown Redis command called from script")
            }
            try admitInScript(command, argumentCount: arguments.count)
            if command.flags.contains(.writes) { hasScriptWritten = true }
            return command.perform(on: self, arguments)
        } catch {
            return .error(error.text)
        }
    }

    /// A script with a head was judged before it began. One that has written may go on writing, whatever is wrong: half of it would be worse.
    private func admitInScript(
        _ command: RedisCommand, argumentCount: Int
    ) throws(RedisFailure) {
        if !command.accepts(argumentCount: argumentCount) {
            throw RedisFailure("ERR Wrong number of args calling Redis command from script")
        }
        if command.flags.contains(.outsideScripts) {
            throw RedisFailure("ERR This Redis command is not allowed from script")
        }
        if command.flags.contains(.writes), scriptHead?.isReadOnly == true {
            throw RedisFailure("ERR Write commands are not allowed from read-only scripts.")
        }
        if hasScriptWritten || scriptHead?.isPresent == true { return }
        if command.flags.contains(.writes) {
            if faults.isReplica { throw .readOnly }
            if faults.isDiskFailing { throw diskFailure }
        }
        if faults.isOutOfMemory, command.flags.contains(.deniedWithoutMemory) {
            throw .outOfMemory
        }
    }
}

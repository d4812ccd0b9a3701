internal import HoldfastRedis

/// All commands of the model, with the arity and flags that Redis 7.0.15 says of them.
extension RedisCommand {
    static let all: [RedisCommand] =
        keys + strings + hashes + sets + lists + sortedSets + server + scripts

    private static let keys: [RedisCommand] = [
        RedisCommand("del", -2, .writes) { $0.delete($1) },
        RedisCommand("unlink", -2, .writes) { $0.delete($1) },
        RedisCommand("exists", -2, []) { $0.exists($1) },
        RedisCommand("type", 2, []) { $0.type($1) },
        RedisCommand("rename", 3, .writes) { try $0.rename($1) },
        RedisCommand("expire", -3, .writes) { try $0.expire($1, .expire) },
        RedisCommand("pexpire", -3, .writes) { try $0.expire($1, .pexpire) },
        RedisCommand("expireat", -3, .writes) { try $0.expire($1, .expireat) },
        RedisCommand("pexpireat", -3, .writes) { try $0.expire($1, .pexpireat) },
        RedisCommand("persist", 2, .writes) { $0.persist($1) },
        RedisCommand("ttl", 2, []) { $0.timeToLive($1, inSeconds: true) },
        RedisCommand("pttl", 2, []) { $0.timeToLive($1, inSeconds: false) },
        RedisCommand("scan", -2, []) { try $0.scan($1) },
        RedisCommand("dbsize", 1, []) { model, _ in .number(model.dataset.count) },
        RedisCommand("flushall", -1, .writes) { try $0.flush($1) },
        RedisCommand("flushdb", -1, .writes) { try $0.flush($1) },
    ]

    private static let strings: [RedisCommand] = [
        RedisCommand("get", 2, []) { try $0.get($1) },
        RedisCommand("mget", -2, []) { try $0.getMany($1) },
        RedisCommand("set", -3, .grows) { try $0.set($1) },
        RedisCommand("incr", 2, .grows) { try $0.increment($1) },
        RedisCommand("incrby", 3, .grows) { try $0.increment($1) },
        RedisCommand("append", 3, .grows) { try $0.append($1) },
        RedisCommand("strlen", 2, []) { try $0.length($1) },
        RedisCommand("getrange", 4, []) { try $0.getRange($1) },
    ]

    private static let hashes: [RedisCommand] = [
        RedisCommand("hset", -4, .grows) { try $0.hashSet($1) },
        RedisCommand("hget", 3, []) { try $0.hashGet($1) },
        RedisCommand("hmget", -3, []) { try $0.hashGetMany($1) },
        RedisCommand("hdel", -3, .writes) { try $0.hashDelete($1) },
        RedisCommand("hlen", 2, []) { try $0.hashCount($1) },
        RedisCommand("hexists", 3, []) { try $0.hashExists($1) },
        RedisCommand("hgetall", 2, []) { try $0.hashGetAll($1) },
        RedisCommand("hincrby", 4, .grows) { try $0.hashIncrement($1) },
        RedisCommand("hscan", -3, []) { try $0.hashScan($1) },
    ]

    private static let sets: [RedisCommand] = [
        RedisCommand("sadd", -3, .grows) { try $0.setAdd($1) },
        RedisCommand("srem", -3, .writes) { try $0.setRemove($1) },
        RedisCommand("smembers", 2, []) { try $0.setMembers($1) },
        RedisCommand("sismember", 3, []) { try $0.setContains($1) },
        RedisCommand("scard", 2, []) { try $0.setCount($1) },
    ]

    private static let lists: [RedisCommand] = [
        RedisCommand("rpush", -3, .grows) { try $0.listPush($1, atFront: false) },
        RedisCommand("lpush", -3, .grows) { try $0.listPush($1, atFront: true) },
        RedisCommand("rpop", -2, .writes) { try $0.listPop($1, atFront: false) },
        RedisCommand("lpop", -2, .writes) { try $0.listPop($1, atFront: true) },
        RedisCommand("lrange", 4, []) { try $0.listRange($1) },
        RedisCommand("ltrim", 4, .writes) { try $0.listTrim($1) },
        RedisCommand("llen", 2, []) { try $0.listCount($1) },
        RedisCommand("lindex", 3, []) { try $0.listIndex($1) },
    ]

    private static let sortedSets: [RedisCommand] = [
        RedisCommand("zadd", -4, .grows) { try $0.sortedAdd($1) },
        RedisCommand("zrem", -3, .writes) { try $0.sortedRemove($1) },
        RedisCommand("zscore", 3, []) { try $0.sortedScore($1) },
        RedisCommand("zcard", 2, []) { try $0.sortedCard($1) },
        RedisCommand("zrank", 3, []) { try $0.sortedRank($1) },
        RedisCommand("zcount", 4, []) { try $0.sortedCount($1) },
        RedisCommand("zrange", -4, []) { try $0.sortedRange($1) },
        RedisCommand("zrangebylex", -4, []) { try $0.sortedLexicalRange($1) },
        RedisCommand("zrangebyscore", -4, []) { try $0.sortedRange($1, isByScore: true) },
        RedisCommand("zremrangebyscore", 4, .writes) { try $0.sortedRemoveRange($1) },
        RedisCommand("zpopmin", -2, .writes) { try $0.sortedPop($1) },
    ]

    private static let server: [RedisCommand] = [
        RedisCommand("time", 1, .always) { model, _ in model.time() },
        RedisCommand("ping", -1, .whileSubscribed) { try $0.ping($1) },
        RedisCommand("echo", 2, .always) { .bulk($1[1]) },
        RedisCommand("select", 2, .always) { try $0.select($1) },
        RedisCommand(
            "auth", -2, [.always, .outsideScripts, .withoutAuthentication]
        ) { try $0.authenticate($1) },
        RedisCommand("client|setname", 3, [.always, .outsideScripts]) { try $0.setName($1) },
        RedisCommand("client|getname", 2, [.always, .outsideScripts]) { $0.name($1) },
        RedisCommand("client|id", 2, [.always, .outsideScripts]) { model, _ in
            .number(model.connection)
        },
        RedisCommand("info", -1, .always) { $0.info($1) },
        RedisCommand("config|get", -3, [.always, .outsideScripts]) { $0.configuration($1) },
        RedisCommand("publish", 3, .always) { $0.publish($1) },
        RedisCommand(
            "subscribe", -2, [.always, .outsideScripts, .whileSubscribed]
        ) { $0.subscribe($1) },
        RedisCommand(
            "unsubscribe", -1, [.always, .outsideScripts, .whileSubscribed]
        ) { $0.unsubscribe($1) },
    ]

    private static let scripts: [RedisCommand] = [
        RedisCommand("eval", -3, [.outsideScripts, .whileStale]) { try $0.evaluate($1) },
        RedisCommand("evalsha", -3, [.outsideScripts, .whileStale]) { try $0.evaluateDigest($1) },
        RedisCommand("script|load", 3, [.outsideScripts, .whileStale]) { try $0.loadScript($1) },
        RedisCommand("script|exists", -3, .outsideScripts) { $0.scriptsExist($1) },
        RedisCommand("script|flush", -2, .outsideScripts) { try $0.flushScripts($1) },
    ]
}

import HoldfastRedis
import HoldfastSimulation

/// A model that is spoken to in words.
struct Node {
    let model: RedisModel
    /// Milliseconds of the wall clock.
    var now: UInt64 = 1_000_000

    init(settings: RedisSettings = RedisSettings()) {
        model = RedisModel(settings: settings, lua: LuaEngine())
    }

    /// The reply to the words, for people: `+OK`, `"bytes"`, `7`, `-ERR …`, `null`, `[…]`.
    @discardableResult
    func callAsFunction(_ words: String..., connection: Int = 0) -> String {
        let arguments = words.map { Array($0.utf8) }
        return Canonical.text(
            model.execute(arguments, connection: connection, nowMicroseconds: now * 1000))
    }

    /// What the node sent of itself since this was asked last.
    func messages() -> [String] {
        model.takeMessages().map { "\($0.connection): \(Canonical.text($0.value))" }
    }
}

import HoldfastRedis
import Testing

@Suite("Replies")
struct RedisValueTests {
    @Test("an empty string is not the absence of one")
    func empty() {
        #expect(RedisValue.bulk([]) != .null)
    }
}

import Glibc
import HoldfastBase
import HoldfastRedis
import HoldfastRuntime
import HoldfastServer
import Synchronization
import Testing

@Suite("Subscription to a node", .timeLimit(.minutes(8)), .serialized)
struct SubscriptionTests {
    /// `@unchecked Sendable`: the subscription is touched on the loop only, the events are locked.
    private final class Listener: RedisSubscriptionDelegate, @unchecked Sendable {
        private let loop: EventLoop
        private var subscription: RedisSubscription?
        private let events = Mutex<[SubscriberEvent]>([])

        init(port: Int) throws {
            loop = try EventLoop(name: "listener")
            var settings = SubscriberSettings()
            settings.channel = Array("wakes".utf8)
            settings.pingInterval = .milliseconds(100)
            settings.pingTimeout = .seconds(5)
            settings.pauseMax = .milliseconds(200)
            subscription = RedisSubscription(
                loop: loop,
                endpoint: NodeEndpoint(
                    address: NodeAddress(
                        place: .host("127.0.0.1", port: UInt16(port)), usesTLS: false)),
                settings: settings, seed: 1, delegate: self)
            try loop.start()
            loop.post { [self] _ in subscription?.begin() }
        }

        deinit { loop.stop() }

        func redisSubscription(_ subscription: RedisSubscription, events new: [SubscriberEvent]) {
            events.withLock { $0 += new }
        }

        func next(_ wanted: SubscriberEvent) async throws {
            try await eventually("\(wanted)") {
                events.withLock { events in
                    guard let place = events.firstIndex(of: wanted) else { return false }
                    events.removeFirst(place + 1)
                    return true
                }
            }
        }
    }

    @Test("messages come, also after pings, a pause and a crash")
    func messages() async throws {
        let node = try await RedisNode()
        let listener = try Listener(port: node.port)
        try await listener.next(.subscribed)
        try node.command("PUBLISH", "wakes", "one")
        try await listener.next(.message(Array("one".utf8)))
        // Several pings long.
        try await Task.sleep(for: .milliseconds(500))
        try node.command("PUBLISH", "wakes", "two")
        try await listener.next(.message(Array("two".utf8)))
        node.send(SIGSTOP)
        try await listener.next(.closed(.silent))
        node.send(SIGCONT)
        try await listener.next(.subscribed)
        node.crash()
        try await listener.next(.closed(.closedByNode))
        try await node.restart()
        try await listener.next(.subscribed)
        try node.command("PUBLISH", "wakes", "three")
        try await listener.next(.message(Array("three".utf8)))
    }
}

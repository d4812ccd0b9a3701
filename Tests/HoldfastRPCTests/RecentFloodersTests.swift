import HoldfastBase
import HoldfastSystem
import Testing

@testable import HoldfastRPC
@testable import HoldfastWire

/// Who was thrown out for a flood, and comes back at once.
@Suite(.timeLimit(.minutes(5))) struct RecentFloodersTests {
    private static let start = Instant.zero + .seconds(1)

    @Test func onlyTheFlooderWaitsAndNotForLong() {
        var flooders = RecentFlooders()
        #expect(flooders.due(of: "a", now: Self.start) == nil)
        flooders.note("a", now: Self.start)
        let end = Self.start + RecentFlooders.pause
        #expect(flooders.due(of: "a", now: Self.start) == end)
        #expect(flooders.due(of: "a", now: Self.start + .milliseconds(1)) == end)
        #expect(flooders.due(of: "b", now: Self.start) == nil)
        #expect(flooders.due(of: "a", now: end) == nil)
        #expect(flooders.due(of: "a", now: Self.start) == nil)
    }

    @Test func namesAreBounded() {
        var flooders = RecentFlooders()
        for number in 0...RecentFlooders.namesMax { flooders.note("\(number)", now: Self.start) }
        #expect(flooders.due(of: "0", now: Self.start) != nil)
        #expect(flooders.due(of: "\(RecentFlooders.namesMax)", now: Self.start) == nil)
        // Those whose time is over make room.
        let later = Self.start + RecentFlooders.pause
        flooders.note("new", now: later)
        #expect(flooders.due(of: "new", now: later) != nil)
    }

    @Test func withoutACertificateItIsTheHost() {
        func peer(_ address: String, _ identity: String?) -> String {
            ServerContext.Peer(address: address, identity: identity, agent: "", connection: 1)
                .nameOrHost
        }
        #expect(peer("[::1]:80", nil) == "[::1]" && peer("127.0.0.1:80", nil) == "127.0.0.1")
        #expect(
            peer("127.0.0.1:80", "holdfast://a") == "holdfast://a" && peer("unix", nil) == "unix")
    }

    private static func flood() -> FrameOutput {
        var output = RawCaller.hello()
        for payload in UInt64(0)..<10 { output.insertPing(payload: payload, acknowledge: false) }
        return output
    }

    /// The wait is a lower bound: nothing can make it shorter, and it is from before the end.
    @Test func aFlooderThatComesBackIsListenedToLater() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let began = Clocks.now()
        let first = try await RawCaller(server)
        try await first.send(Self.flood())
        try await first.read { _ in false }
        #expect(first.frames.last?.type == FrameType.goAway.rawValue)
        let second = try await RawCaller(server)
        try await second.send(RawCaller.hello())
        try await second.read { !$0.isEmpty }
        #expect(Clocks.now() - began >= RecentFlooders.pause)
        #expect(second.frames.first?.type == FrameType.hello.rawValue)
    }

    /// A server that drains waits for nobody.
    @Test func aFlooderThatWaitsIsToldOfTheDrain() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let first = try await RawCaller(server)
        try await first.send(Self.flood())
        try await first.read { _ in false }
        let second = try await RawCaller(server)
        try await second.send(RawCaller.hello())
        _ = await server.engine.drain(reason: "test", grace: .zero)
        try await second.read { _ in false }
        #expect(second.frames.last?.type == FrameType.goAway.rawValue)
    }
}

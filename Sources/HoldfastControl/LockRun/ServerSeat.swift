internal import Holdfast
internal import HoldfastRPC
internal import Synchronization

/// The server that a lock is renewed at: another one when it does not answer.
///
/// A channel leaves a server that is gone by itself. One that hangs it would keep asking until a PING
/// tells, which can be later than the lock lasts.
final class ServerSeat: Sendable {
    private struct State {
        var client: HoldfastClient
        var grant: [UInt8] = []
        var fence: UInt64 = 0
        var failure: Complaint?
        var isGivenUp = false
    }

    private let all: ChannelConfiguration
    private let state: Mutex<State>

    init(_ configuration: ChannelConfiguration) throws(RPCError) {
        all = configuration
        state = Mutex(State(client: try HoldfastClient(configuration)))
    }

    var client: HoldfastClient { state.withLock { $0.client } }

    var grant: (grant: [UInt8], fence: UInt64) { state.withLock { ($0.grant, $0.fence) } }

    func granted(_ grant: [UInt8], _ fence: UInt64) {
        state.withLock {
            $0.grant = grant
            $0.fence = fence
        }
    }

    /// What is held is being given back: how a call ends now is no news.
    var isGivenUp: Bool { state.withLock { $0.isGivenUp } }

    func giveUp() { state.withLock { $0.isGivenUp = true } }

    /// What there is to say about the latest acquire that failed and was sent again.
    var failure: Complaint? {
        get { state.withLock { $0.failure } }
        set { state.withLock { $0.failure = newValue } }
    }

    /// Asks another server from now on; with one alone, over a new connection.
    func change() async {
        let silent = await client.channel.currentServer()?.endpoint
        let old: HoldfastClient? = state.withLock { state in
            var configuration = all
            configuration.endpoints.removeAll { $0 == silent }
            if configuration.endpoints.isEmpty { configuration.endpoints = all.endpoints }
            // Files that cannot be read just now: the old connection is better than none.
            guard let client = try? HoldfastClient(configuration) else { return nil }
            defer { state.client = client }
            return state.client
        }
        old?.close()
    }

    func close() { client.close() }
}

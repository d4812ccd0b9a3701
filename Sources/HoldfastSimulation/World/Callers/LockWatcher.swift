import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// A program that watches all locks of a world and keeps what it was told last of each.
///
/// It resumes with the last token at any server when its stream ends. What a server cannot resume it
/// says so, and the watcher forgets what it knew and begins anew. In one stream versions of a name
/// must rise; when all is over, what it knows must be what is.
final class LockWatcher {
    private unowned let client: SimulatedClient
    private var token: WatchToken?
    /// Who holds each lock that is held.
    private(set) var known: [String: [GrantID]] = [:]
    private var versions: [String: UInt64] = [:]
    private(set) var isSynced = false
    /// Raised with each stream: what comes of an older one is not for us.
    private var stream = 0

    init(_ client: SimulatedClient) {
        self.client = client
    }

    func start() {
        client.after(.milliseconds(client.draw(100...3000)), "watch") { [self] in open() }
    }

    private func open() {
        stream += 1
        isSynced = false
        versions = [:]
        if token == nil { known = [:] }
        let number = stream
        // While things go wrong it goes to another server now and then without need.
        let isCalm = client.world.phase != .warmUp && client.world.phase != .chaos
        let patience = isCalm ? .seconds(900) : Interval.milliseconds(client.draw(1000...8000))
        let call = client.call(
            .watch(.prefix("lock/"), resume: token), patience: patience
        ) { [self] answer in ended(number, answer) }
        guard let call else { return }
        client.streams[call] = { [self] event in
            if stream == number { told(event) }
        }
    }

    private func ended(_ number: Int, _ answer: CallAnswer) {
        guard stream == number else { return }
        stream += 1
        isSynced = false
        if case .outcome(.failed(let failure)) = answer {
            if failure.code == .conflict { token = nil }
            client.moveOn()
        }
        client.after(.milliseconds(client.draw(20...300)), "watch again") { [self] in open() }
    }

    private func told(_ event: StreamEvent) {
        switch event {
        case .lock(let state, let version):
            client.world.coverage.note(.changesSeen)
            if let before = versions[state.name], version <= before {
                client.world.complain(
                    .watches, state.name, "version \(version) was told after \(before)")
            }
            versions[state.name] = version
            known[state.name] = state.grants.isEmpty ? nil : state.grants.map(\.grant)
        case .synced(let place):
            if token != nil { client.world.coverage.note(.resumes) }
            token = place
            isSynced = true
        case .lost, .sessionEnded, .key, .keysRestarted: break
        }
    }

    /// All is over, and nobody holds anything.
    func judge() {
        guard !client.isGone else { return }
        // A single node that forgot has nothing to tell what it forgot by.
        let world = client.world
        if world.scenario.nodes == 1, !world.history.forgets.isEmpty { return }
        let who = "client \(client.index)"
        if !isSynced {
            client.world.complain(.watches, who, "its watch is not in step when all is well")
            return
        }
        for (name, grants) in known.sorted(by: { $0.key < $1.key }) {
            client.world.complain(
                .watches, name,
                "\(who) was last told that \(grants.map { TraceText.id($0) }) hold it; nobody does")
        }
    }
}

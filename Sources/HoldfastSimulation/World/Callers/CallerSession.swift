import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// A client's session: opened, kept alive, and opened anew when it was lost.
///
/// Its grants are counted on until its deadline, which is that of the last keep-alive that was
/// acknowledged *and* agreed on what is held: where the server believes in other grants than the
/// client, the client asks which, and drops what is not there.
final class CallerSession {
    private unowned let client: SimulatedClient
    private(set) var id: SessionID
    let ttlMilliseconds: UInt64
    /// Until when it is counted on, by the client's clock.
    private(set) var deadline = Instant.zero
    private(set) var isAlive = false
    private var isClosed = false

    init(_ client: SimulatedClient) {
        self.client = client
        let ttls = client.world.scenario.ttls
        ttlMilliseconds = ttls[Int(client.draw(0...Int64(ttls.count - 1)))]
        id = .none
    }

    func start() {
        client.after(.milliseconds(client.draw(20...200)), "open session") { [self] in open() }
    }

    private func open() {
        guard !isClosed else { return }
        id = client.world.newGrant(client.index)
        let sent = client.local
        client.call(
            .openSession(id, ttlMilliseconds: ttlMilliseconds), patience: .seconds(1)
        ) { [self, id] answer in
            guard case .outcome(.session) = answer, self.id == id else {
                client.after(.milliseconds(client.draw(20...200)), "open again") { [self] in
                    if self.id == id { open() }
                }
                return
            }
            deadline = SimulatedClient.deadline(sent: sent, milliseconds: ttlMilliseconds)
            isAlive = true
            plan(after: third)
        }
    }

    private var third: Interval { .milliseconds(Int64(clamping: ttlMilliseconds / 3)) }
    private var soon: Interval { .milliseconds(Int64(clamping: ttlMilliseconds / 10)) }

    private func plan(after interval: Interval) {
        client.after(interval, "keep alive") { [self, id] in
            if self.id == id, isAlive, !isClosed { keepAlive() }
        }
    }

    private func keepAlive() {
        guard client.local < deadline else {
            lose("deadline")
            return
        }
        let sent = client.local
        let asked = client.sessionHolds.map {
            Asked(
                hold: $0, mode: $0.mode, records: client.opened(.renew, $0.names, $0.grant))
        }
        let patience = max(.milliseconds(200), third)
        client.call(
            .keepAlive(id, ttlMilliseconds: ttlMilliseconds), patience: patience
        ) { [self, id] answer in
            guard self.id == id, isAlive, !isClosed else { return }
            kept(answer, sent, asked)
        }
    }

    private func kept(
        _ answer: CallAnswer, _ sent: Instant, _ asked: [Asked]
    ) {
        switch answer {
        case .outcome(.session(let state)):
            client.world.coverage.note(.renewals)
            for grant in state.lost {
                client.worker(of: grant)?.lose(because: "told by the server")
            }
            let known = client.sessionHolds
            let extended = SimulatedClient.deadline(sent: sent, milliseconds: ttlMilliseconds)
            guard client.local < deadline else {
                lose("deadline")
                return
            }
            if Self.digest(known) == Pair(state.count, state.digest) {
                deadline = max(deadline, extended)
                for one in asked where one.isHeld(client) {
                    client.worker(of: one.hold.grant)?.extended(
                        to: deadline, one.records, strength: nil)
                }
                plan(after: third)
            } else {
                compare(extended, asked)
            }
        case .outcome(.failed(let failure)) where failure.code == .noSession:
            lose("no session")
        default:
            plan(after: soon)
        }
    }

    /// The server believes in other grants than we do: which?
    private func compare(_ extended: Instant, _ asked: [Asked]) {
        client.call(.listGrants(id), patience: max(.milliseconds(200), third)) {
            [self, id] answer in
            guard self.id == id, isAlive, !isClosed else { return }
            guard case .outcome(.grants(let grants)) = answer, client.local < deadline else {
                plan(after: soon)
                return
            }
            deadline = max(deadline, extended)
            client.returnStrangers(grants)
            for one in asked where one.isHeld(client) {
                let worker = client.worker(of: one.hold.grant)
                if let found = grants.first(where: { $0.grant == one.hold.grant }) {
                    worker?.extended(to: deadline, one.records, strength: found.strength)
                } else {
                    worker?.lose(because: "not in the server's list")
                }
            }
            plan(after: third)
        }
    }

    /// What was held when the keep-alive was sent; each has a record of it.
    private struct Asked {
        let hold: LockHold
        let mode: LockMode
        let records: Range<Int>

        /// Whether it is held as it was then.
        func isHeld(_ client: SimulatedClient) -> Bool {
            hold.mode == mode && client.sessionHolds.contains { $0 === hold }
        }
    }

    private struct Pair: Equatable {
        let count: UInt64
        let digest: UInt64

        init(_ count: UInt64, _ digest: UInt64) {
            self.count = count
            self.digest = digest
        }
    }

    private static func digest(_ holds: [LockHold]) -> Pair {
        var count: UInt64 = 0
        var digest: UInt64 = 0
        for hold in holds {
            for name in hold.names {
                count += 1
                digest = GrantDigest.add(
                    GrantDigest.element(name: name, grant: hold.grant), to: digest)
            }
        }
        return Pair(count, digest)
    }

    /// It is over, and all that was held in it.
    func lose(_ why: String) {
        guard isAlive else { return }
        client.world.coverage.note(.sessionsLost)
        client.world.trace("client \(client.index)", "session s\(id.low) is lost: \(why)")
        isAlive = false
        client.sessionLost()
        end(id, triesLeft: 3)
        id = .none
        client.after(.milliseconds(client.draw(5...100)), "open session") { [self] in open() }
    }

    private func end(_ id: SessionID, triesLeft: Int) {
        client.call(.closeSession(id), patience: .seconds(1)) { [self] answer in
            if case .outcome(.done) = answer { return }
            guard triesLeft > 0 else { return }
            client.after(.milliseconds(100), "close again") { [self] in
                end(id, triesLeft: triesLeft - 1)
            }
        }
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        isAlive = false
        end(id, triesLeft: 3)
    }
}

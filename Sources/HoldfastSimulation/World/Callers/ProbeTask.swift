import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// Tries one lock again and again until it is granted, then gives it back.
final class ProbeTask {
    private let client: SimulatedClient
    private let name: String
    private let number: Int

    init(_ client: SimulatedClient, _ name: String, _ number: Int) {
        self.client = client
        self.name = name
        self.number = number
    }

    func start() {
        guard client.world.phase == .healed else { return }
        var request = AcquireRequest(names: [name], grant: client.world.newGrant(client.index))
        request.ttlMilliseconds = 2000
        request.waitMilliseconds = 60_000
        let grant = request.grant
        let sent = client.local
        let records = client.opened(.acquire, [name], grant)
        client.call(.acquire(request), patience: .seconds(62)) { [self] answer in
            done(grant, sent, records, answer)
        }
    }

    private func done(
        _ grant: GrantID, _ sent: Instant, _ records: Range<Int>, _ answer: CallAnswer
    ) {
        switch answer {
        case .outcome(.granted(let granted)):
            let deadline = SimulatedClient.deadline(
                sent: sent,
                milliseconds: 2000 + granted.waitedMilliseconds)
            client.closed(
                records,
                .granted(
                    HistoryGrant(
                        id: grant.low, fence: granted.fence, strength: granted.strength,
                        deadline: client.clock.instant(ofLocal: deadline))))
            release(grant, triesLeft: 5)
            client.world.probeGranted(number)
            return
        case .outcome(.notHeld(let notHeld)):
            client.closed(
                records, .notHeld(by: notHeld.holderNumber))
        case .outcome(.failed(let failure)):
            client.closed(
                records, .failed("\(failure.code)"))
            client.moveOn()
        case .outcome, .broken:
            client.closed(
                records, .unknown)
        case .notSent:
            client.closed(
                records, .failed("not sent"))
        }
        client.after(.milliseconds(100), "probe") { [self] in start() }
    }

    private func release(_ grant: GrantID, triesLeft: Int) {
        let records = client.opened(.release, [name], grant)
        client.call(
            .release(names: [name], grant: grant, isSole: true), patience: .seconds(2)
        ) { [self] answer in
            guard case .outcome(.released(true)) = answer else {
                if triesLeft > 0 { release(grant, triesLeft: triesLeft - 1) }
                return
            }
            client.closed(records, .released)
        }
    }
}

extension Outcome.NotHeld {
    /// Who holds it, where the answer says so.
    var holderNumber: UInt64? {
        switch refusal.reason {
        case .held, .own: refusal.holder.low
        case .queued, .delayed: nil
        }
    }
}

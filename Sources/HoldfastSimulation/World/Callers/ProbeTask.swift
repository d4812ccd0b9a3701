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
        request.waitMilliseconds = 2000
        let called = client.world.now
        let grant = request.grant
        client.call(.acquire(request), patience: .milliseconds(4000)) { [self] answer in
            done(grant, called, answer)
        }
    }

    private func done(_ grant: GrantID, _ called: Instant, _ answer: CallAnswer) {
        switch answer {
        case .outcome(.granted(let granted)):
            let deadline = SimulatedClient.deadline(
                sent: client.clock.local(called),
                milliseconds: 2000 + granted.waitedMilliseconds)
            client.record(
                .acquire, [name], grant, called: called,
                .granted(
                    HistoryGrant(
                        id: grant.low, fence: granted.fence, strength: granted.strength,
                        deadline: client.clock.instant(ofLocal: deadline))))
            release(grant, triesLeft: 5)
            client.world.probeGranted(number)
            return
        case .outcome(.notHeld(let notHeld)):
            client.record(
                .acquire, [name], grant, called: called, .notHeld(by: notHeld.holderNumber))
        case .outcome(.failed(let failure)):
            client.record(
                .acquire, [name], grant, called: called, .failed("\(failure.code)"))
            client.moveOn()
        case .outcome, .broken:
            client.record(.acquire, [name], grant, called: called, .unknown)
        case .notSent: client.record(.acquire, [name], grant, called: called, .failed("not sent"))
        }
        client.after(.milliseconds(100), "probe") { [self] in start() }
    }

    private func release(_ grant: GrantID, triesLeft: Int) {
        let called = client.world.now
        client.call(
            .release(names: [name], grant: grant, isSole: true), patience: .seconds(2)
        ) { [self] answer in
            guard case .outcome(.released(true)) = answer else {
                client.record(.release, [name], grant, called: called, .unknown)
                if triesLeft > 0 { release(grant, triesLeft: triesLeft - 1) }
                return
            }
            client.record(.release, [name], grant, called: called, .released)
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

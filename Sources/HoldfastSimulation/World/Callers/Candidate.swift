import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// A program that wants to lead: it campaigns, says something several times, and resigns; now and then
/// it asks who leads.
///
/// The lead is a lock of its own, and its history is judged as that of any other: terms are its fences.
/// What it said is kept in the world's `ElectionLog`, and what anybody reads is held against it.
final class Candidate {
    private unowned let client: SimulatedClient
    private let name = "election/0"
    private var grant: GrantID?
    private var term: Fence = 0
    private var sequence: UInt64 = 0
    private var deadline = Instant.zero
    private let ttl: UInt64

    init(_ client: SimulatedClient) {
        self.client = client
        let ttls = client.world.scenario.ttls
        ttl = ttls[Int(client.draw(0...Int64(ttls.count - 1)))]
    }

    private var mayBegin: Bool {
        client.world.phase == .warmUp || client.world.phase == .chaos
    }

    func start() {
        client.after(.milliseconds(client.draw(50...1500)), "campaign") { [self] in campaign() }
        client.after(.milliseconds(client.draw(50...1500)), "who leads") { [self] in look() }
    }

    // MARK: Leading

    private func campaign() {
        guard mayBegin, grant == nil else { return }
        var request = AcquireRequest(names: [name], grant: client.world.newGrant(client.index))
        request.ttlMilliseconds = ttl
        request.waitMilliseconds = UInt64(client.draw(0...3000))
        let sent = client.local
        let wanted = request.grant
        let records = client.opened(.acquire, [name], wanted)
        client.call(
            .acquire(request), patience: .milliseconds(Int64(request.waitMilliseconds) + 1500)
        ) { [self] answer in
            campaigned(answer, wanted, sent, records)
        }
    }

    private func campaigned(
        _ answer: CallAnswer, _ wanted: GrantID, _ sent: Instant, _ records: Range<Int>
    ) {
        switch answer {
        case .outcome(.granted(let granted)):
            deadline = SimulatedClient.deadline(
                sent: sent, milliseconds: granted.waitedMilliseconds + ttl)
            client.closed(
                records,
                .granted(
                    HistoryGrant(
                        id: wanted.low, fence: granted.fence, strength: granted.strength,
                        deadline: client.clock.instant(ofLocal: deadline))))
            (grant, term, sequence) = (wanted, granted.fence, 0)
            client.world.elections.elected(wanted, granted.fence, at: client.world.now)
            client.world.coverage.note(.terms)
            proclaim()
            renewLater()
            return
        case .outcome(.notHeld(let notHeld)):
            client.closed(records, .notHeld(by: notHeld.holderNumber))
        case .outcome(.failed(let failure)):
            client.closed(records, .failed("\(failure.code)"))
            if failure.code == .unknown || failure.code == .unavailable { resign(wanted) }
        case .outcome, .broken: resign(wanted)
        case .notSent: client.closed(records, .failed("not sent"))
        }
        client.after(.milliseconds(client.draw(50...800)), "campaign") { [self] in campaign() }
    }

    private func leads(_ lead: GrantID) -> Bool {
        guard grant == lead else { return false }
        if client.local < deadline, mayBegin { return true }
        stepDown()
        return false
    }

    private func proclaim() {
        guard let lead = grant, leads(lead) else { return }
        sequence += 1
        let said = ElectionLog.Said(term: term, sequence: sequence)
        client.world.elections.asked(said, by: lead)
        client.call(
            .propose(name: name, grant: lead, sequence: sequence, value: said.value),
            patience: .seconds(1)
        ) { [self] answer in
            if case .outcome(.done) = answer {
                client.world.coverage.note(.proclamations)
                client.world.elections.answered(said, at: client.world.now)
            }
            guard leads(lead) else { return }
            if case .outcome(.failed(let failure)) = answer, failure.code == .notOwner {
                stepDown()
                return
            }
            let isEnough = client.dice(2)
            client.after(.milliseconds(client.draw(5...400)), "proclaim") { [self] in
                guard leads(lead) else { return }
                if isEnough { stepDown() } else { proclaim() }
            }
        }
    }

    private func renewLater() {
        guard let lead = grant else { return }
        client.after(.milliseconds(Int64(clamping: ttl / 3)), "renew lead") { [self] in
            guard leads(lead) else { return }
            let sent = client.local
            let records = client.opened(.renew, [name], lead)
            client.call(
                .renew(names: [name], grant: lead, ttlMilliseconds: ttl),
                patience: .milliseconds(max(50, Int64(clamping: ttl / 3)))
            ) { [self] answer in
                guard leads(lead) else { return }
                renewed(answer, lead, sent, records)
            }
        }
    }

    private func renewed(
        _ answer: CallAnswer, _ lead: GrantID, _ sent: Instant, _ records: Range<Int>
    ) {
        switch answer {
        case .outcome(.renewed(let fence, let strength)):
            deadline = max(
                deadline, SimulatedClient.deadline(sent: sent, milliseconds: ttl))
            client.closed(
                records,
                .granted(
                    HistoryGrant(
                        id: lead.low, fence: fence > 0 ? fence : term, strength: strength,
                        deadline: client.clock.instant(ofLocal: deadline))))
            renewLater()
        case .outcome(.failed(let failure)) where failure.code == .notOwner:
            client.closed(records, .notOwner)
            stepDown()
        default: renewLater()
        }
    }

    private func stepDown() {
        guard let lead = grant else { return }
        grant = nil
        resign(lead)
        client.after(.milliseconds(client.draw(20...1000)), "campaign") { [self] in campaign() }
    }

    private func resign(_ lead: GrantID, triesLeft: Int = 5) {
        let records = client.opened(.release, [name], lead)
        client.call(
            .release(names: [name], grant: lead, isSole: false), patience: .milliseconds(1500)
        ) { [self] answer in
            switch answer {
            case .outcome(.released(let wasHeld)):
                client.closed(records, wasHeld ? .released : .unknown)
            default:
                guard triesLeft > 0 else { return }
                client.after(.milliseconds(client.draw(10...300)), "resign") { [self] in
                    resign(lead, triesLeft: triesLeft - 1)
                }
            }
        }
    }

    func close() {
        if grant != nil { stepDown() }
    }

    // MARK: Asking

    private func look() {
        guard mayBegin else { return }
        let asked = client.world.now
        client.call(.read(names: [name]), patience: .seconds(1)) { [self] answer in
            if case .outcome(.locks(let states)) = answer,
                let leader = states.first?.grants.last,
                let strength = states.first?.strengths.last
            {
                client.world.coverage.note(.looks)
                client.world.judge(leader, strength, since: asked)
            }
            client.after(.milliseconds(client.draw(20...500)), "who leads") { [self] in look() }
        }
    }
}

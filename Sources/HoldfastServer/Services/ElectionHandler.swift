internal import HoldfastBase
internal import HoldfastCoordination
internal import HoldfastNode
package import HoldfastRPC
internal import HoldfastWire

/// The election service: locks under names of their own, whose holder leads.
package struct ElectionHandler: Sendable {
    private let gate: Gate
    private let driver: BrainDriver

    package init(gate: Gate, driver: BrainDriver) {
        self.gate = gate
        self.driver = driver
    }

    /// Adds the service.
    package func register(in registry: inout ServiceRegistry) {
        typealias Methods = ElectionService.Methods
        registry.held(Methods.campaign, observer: driver) { campaign(&$0) }
        registry.held(Methods.leader, observer: driver) { leader(&$0) }
        registry.held(Methods.observe, observer: driver) { observe(&$0) }
        registry.held(Methods.proclaim, observer: driver) { proclaim(&$0) }
        registry.held(Methods.renewLead, kind: .vital, observer: driver) { renewLead(&$0) }
        registry.held(Methods.resign, kind: .vital, observer: driver) { resign(&$0) }
    }

    private func campaign(_ call: inout PlainCall) {
        guard let message = call.request(as: CampaignRequest.self) else { return }
        let grant = call.grantID
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        var request = LockRequests.campaign(message, grant, &check)
        request.attempt = UInt64(clamping: call.attempt)
        guard call.passes(check), gate.admits(.electionCampaign(message.election), &call)
        else { return }
        let kind: StreamKind? = request.waitMilliseconds > 0 ? .parked : nil
        guard let held = call.hold(as: kind) else { return }
        driver.submit(
            held, .acquire(request), .campaign(grant, ttlMilliseconds: request.lifeMilliseconds))
    }

    private func leader(_ call: inout PlainCall) {
        guard let message = call.request(as: LeaderRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        check.name(message.election, field: "election")
        guard call.passes(check), gate.admits(.electionRead(message.election), &call),
            let held = call.hold()
        else { return }
        driver.submit(held, .read(names: [NameSpace.election.wrap(message.election)]), .leader)
    }

    private func observe(_ call: inout PlainCall) {
        guard let message = call.request(as: ObserveRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        check.name(message.election, field: "election")
        let operation = Operation.electionRead(message.election)
        let permit = StreamPermit(gate, operation, call)
        guard call.passes(check), gate.admits(operation, &call), let held = call.hold()
        else { return }
        driver.submit(
            held, .watch(.names([NameSpace.election.wrap(message.election)]), resume: nil),
            .observe, permit: permit)
    }

    private func proclaim(_ call: inout PlainCall) {
        guard let message = call.request(as: ProclaimRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        check.name(message.election, field: "election")
        let grant = check.id(message.key, field: "key")
        check.metadata(message.value, field: "value")
        guard call.passes(check), gate.admits(.electionCampaign(message.election), &call),
            let held = call.hold()
        else { return }
        driver.submit(
            held,
            .propose(
                name: NameSpace.election.wrap(message.election), grant: grant,
                sequence: message.sequence, value: message.value),
            .proclaim(sequence: message.sequence))
    }

    private func renewLead(_ call: inout PlainCall) {
        guard let message = call.request(as: RenewLeadRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        check.name(message.election, field: "election")
        let grant = check.id(message.key, field: "key")
        let ttl = check.ttl(message.ttlMs)
        guard call.passes(check), gate.admits(.electionCampaign(message.election), &call),
            let held = call.hold()
        else { return }
        driver.submit(
            held,
            .renew(
                names: [NameSpace.election.wrap(message.election)], grant: grant,
                ttlMilliseconds: ttl), .renewLead(ttlMilliseconds: ttl))
    }

    private func resign(_ call: inout PlainCall) {
        guard let message = call.request(as: ResignRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        check.name(message.election, field: "election")
        let grant = check.id(message.key, field: "key")
        guard call.passes(check), gate.admits(.electionCampaign(message.election), &call),
            let held = call.hold()
        else { return }
        driver.submit(
            held,
            .release(
                names: [NameSpace.election.wrap(message.election)], grant: grant, isSole: false),
            .resign)
    }
}

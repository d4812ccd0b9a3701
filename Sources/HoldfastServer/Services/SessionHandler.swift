internal import HoldfastBase
internal import HoldfastCoordination
internal import HoldfastNode
package import HoldfastRPC
internal import HoldfastWire

/// The session service.
package struct SessionHandler: Sendable {
    private let gate: Gate
    private let driver: BrainDriver

    package init(gate: Gate, driver: BrainDriver) {
        self.gate = gate
        self.driver = driver
    }

    /// Adds the service. What keeps a session alive has slots of its own: no number of waiting calls
    /// may cost a caller its session.
    package func register(in registry: inout ServiceRegistry) {
        typealias Methods = SessionService.Methods
        registry.held(Methods.open, observer: driver) { open(&$0) }
        registry.held(Methods.keepAlive, kind: .vital, observer: driver) { keepAlive(&$0) }
        registry.held(Methods.close, kind: .vital, observer: driver) { close(&$0) }
        registry.held(Methods.listGrants, observer: driver) { listGrants(&$0) }
        registry.held(Methods.events, observer: driver) { events(&$0) }
    }

    private func open(_ call: inout PlainCall) {
        guard let message = call.request(as: OpenSessionRequest.self) else { return }
        let id = call.grantID
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        let ttl = check.ttl(message.ttlMs)
        guard call.passes(check), gate.admits(.sessionUse, &call), let held = call.hold()
        else { return }
        driver.submit(held, .openSession(id, ttlMilliseconds: ttl), .openSession(id))
    }

    private func keepAlive(_ call: inout PlainCall) {
        guard let message = call.request(as: KeepAliveRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        let id = check.id(message.session, field: "session")
        let ttl = check.ttl(message.ttlMs)
        guard call.passes(check), gate.admits(.sessionUse, &call), let held = call.hold()
        else { return }
        driver.submit(held, .keepAlive(id, ttlMilliseconds: ttl), .keepAlive)
    }

    private func close(_ call: inout PlainCall) {
        guard let message = call.request(as: CloseSessionRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        let id = check.id(message.session, field: "session")
        guard call.passes(check), gate.admits(.sessionUse, &call), let held = call.hold()
        else { return }
        driver.submit(held, .closeSession(id), .closeSession)
    }

    private func listGrants(_ call: inout PlainCall) {
        guard let message = call.request(as: ListGrantsRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        let id = check.id(message.session, field: "session")
        guard call.passes(check), gate.admits(.sessionUse, &call), let held = call.hold()
        else { return }
        driver.submit(held, .listGrants(id), .listGrants)
    }

    private func events(_ call: inout PlainCall) {
        guard let message = call.request(as: SessionEventsRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        let id = check.id(message.session, field: "session")
        let permit = StreamPermit(gate, .sessionUse, call)
        guard call.passes(check), gate.admits(.sessionUse, &call), let held = call.hold()
        else { return }
        driver.submit(held, .watchSession(id), .sessionEvents, permit: permit)
    }
}

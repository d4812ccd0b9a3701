internal import HoldfastBase
internal import HoldfastCoordination
internal import HoldfastNode
package import HoldfastRPC
internal import HoldfastWire

/// The lock service: checks what is asked and by whom, and hands it to the brain, which answers.
///
/// Everything runs in the tick that read the request, on the loop of its connection.
package struct LockHandler: Sendable {
    private let gate: Gate
    private let driver: BrainDriver

    package init(gate: Gate, driver: BrainDriver) {
        self.gate = gate
        self.driver = driver
    }

    /// Adds the service. What ends a grant has slots of its own, so that no number of waiting calls
    /// can keep a lock from being given back.
    package func register(in registry: inout ServiceRegistry) {
        typealias Methods = LockService.Methods
        registry.held(Methods.acquire, observer: driver) { acquire(&$0) }
        registry.held(Methods.tryAcquire, observer: driver) { tryAcquire(&$0) }
        registry.held(Methods.renew, kind: .vital, observer: driver) { renew(&$0) }
        registry.held(Methods.release, kind: .vital, observer: driver) { release(&$0) }
        registry.held(Methods.changeMode, observer: driver) { changeMode(&$0) }
        registry.held(Methods.getLock, observer: driver) { getLock(&$0) }
        registry.held(Methods.queue, observer: driver) { queue(&$0) }
        registry.held(Methods.listLocks, observer: driver) { listLocks(&$0) }
        registry.held(Methods.forceRelease, observer: driver) { forceRelease(&$0) }
    }

    private func acquire(_ call: inout PlainCall) {
        guard let message = call.request(as: HoldfastWire.AcquireRequest.self) else { return }
        let grant = call.grantID
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        var request = LockRequests.acquire(message, grant, &check)
        request.attempt = UInt64(clamping: call.attempt)
        guard call.passes(check), gate.admits(.lockAcquire(message.names), &call) else { return }
        let kind: StreamKind? = request.waitMilliseconds > 0 ? .parked : nil
        guard let held = call.hold(as: kind) else { return }
        driver.submit(
            held, .acquire(request),
            .acquire(grant, names: request.names, ttlMilliseconds: request.lifeMilliseconds),
            from: call.connection)
    }

    private func tryAcquire(_ call: inout PlainCall) {
        guard let message = call.request(as: TryAcquireRequest.self) else { return }
        let grant = call.grantID
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        var request = LockRequests.acquire(message, grant, &check)
        request.attempt = UInt64(clamping: call.attempt)
        guard call.passes(check), gate.admits(.lockAcquire(message.names), &call) else { return }
        guard let held = call.hold() else { return }
        driver.submit(
            held, .acquire(request),
            .tryAcquire(grant, names: request.names, ttlMilliseconds: request.lifeMilliseconds),
            from: call.connection)
    }

    private func renew(_ call: inout PlainCall) {
        guard let message = call.request(as: RenewRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        check.names(message.names)
        let grant = check.id(message.grant, field: "grant")
        let ttl = check.ttl(message.ttlMs)
        guard call.passes(check), gate.admits(.lockAcquire(message.names), &call),
            let held = call.hold()
        else { return }
        driver.submit(
            held,
            .renew(
                names: NameSpace.lock.wrap(message.names), grant: grant, ttlMilliseconds: ttl),
            .renew(ttlMilliseconds: ttl))
    }

    private func release(_ call: inout PlainCall) {
        guard let message = call.request(as: ReleaseRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        check.names(message.names)
        let grant = check.id(message.grant, field: "grant")
        guard call.passes(check), gate.admits(.lockRelease(message.names), &call),
            let held = call.hold()
        else { return }
        let names = NameSpace.lock.wrap(message.names)
        driver.submit(
            held, .release(names: names, grant: grant, isSole: message.answered),
            .release(expected: message.expectHeld ? names : []))
    }

    private func changeMode(_ call: inout PlainCall) {
        guard let message = call.request(as: ChangeModeRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        check.names(message.names)
        let grant = check.id(message.grant, field: "grant")
        if message.mode == .unspecified { check.report("mode", "is missing") }
        let mode = LockRequests.mode(message.mode, &check)
        guard call.passes(check), gate.admits(.lockAcquire(message.names), &call),
            let held = call.hold()
        else { return }
        let names = NameSpace.lock.wrap(message.names)
        driver.submit(
            held, .change(names: names, grant: grant, mode: mode),
            .changeMode(grant, names: names))
    }

    private func getLock(_ call: inout PlainCall) {
        guard let message = call.request(as: GetLockRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        check.name(message.name, field: "name")
        guard call.passes(check), gate.admits(.lockRead(message.name), &call),
            let held = call.hold()
        else { return }
        driver.submit(held, .read(names: [NameSpace.lock.wrap(message.name)]), .getLock)
    }

    private func queue(_ call: inout PlainCall) {
        guard let message = call.request(as: QueueRequest.self) else { return }
        let limits = call.limits
        var check = RequestCheck(limits, nodes: driver.nodes)
        check.name(message.name, field: "name")
        guard call.passes(check), gate.admits(.lockQueue(message.name), &call),
            let held = call.hold()
        else { return }
        let asked = message.limit == 0 ? 100 : Int(message.limit)
        driver.submit(
            held,
            .queue(name: NameSpace.lock.wrap(message.name), limit: min(asked, limits.lockPageMax)),
            .queue)
    }

    private func listLocks(_ call: inout PlainCall) {
        guard let message = call.request(as: ListLocksRequest.self) else { return }
        let limits = call.limits
        var check = RequestCheck(limits, nodes: driver.nodes)
        check.prefix(message.prefix)
        let token = PageToken.read(message.pageToken, &check)
        guard call.passes(check), gate.admits(.lockList(prefix: message.prefix), &call),
            let held = call.hold()
        else { return }
        let asked = message.pageSize == 0 ? 100 : Int(message.pageSize)
        driver.submit(
            held,
            .list(
                prefix: NameSpace.lock.wrap(message.prefix),
                after: token.after.isEmpty ? "" : NameSpace.lock.wrap(token.after),
                limit: min(asked, limits.lockPageMax), list: token.list),
            .listLocks(next: nil))
    }

    private func forceRelease(_ call: inout PlainCall) {
        guard let message = call.request(as: ForceReleaseRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        check.name(message.name, field: "name")
        check.metadata(Array(message.reason.utf8), field: "reason")
        guard call.passes(check),
            gate.admits(.lockForce(message.name), &call, reason: message.reason),
            let held = call.hold()
        else { return }
        driver.submit(
            held,
            .forceRelease(
                name: NameSpace.lock.wrap(message.name),
                fence: message.fence == 0 ? nil : message.fence),
            .forceRelease(name: NameSpace.lock.wrap(message.name), fence: message.fence))
    }
}

extension HoldfastCoordination.AcquireRequest {
    /// How long the grant lives by itself; 0 is as long as its session.
    var lifeMilliseconds: UInt64 { session == nil ? ttlMilliseconds : 0 }
}

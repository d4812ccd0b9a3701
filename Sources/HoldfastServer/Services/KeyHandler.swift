internal import HoldfastBase
internal import HoldfastCoordination
package import HoldfastRPC
internal import HoldfastWire

/// The key service: checks what is asked and by whom, and hands it to the brain.
package struct KeyHandler: Sendable {
    private let gate: Gate
    private let driver: BrainDriver

    package init(gate: Gate, driver: BrainDriver) {
        self.gate = gate
        self.driver = driver
    }

    /// Adds the service.
    package func register(in registry: inout ServiceRegistry) {
        typealias Methods = KeyService.Methods
        registry.held(Methods.getKey, observer: driver) { getKey(&$0) }
        registry.held(Methods.putKey, observer: driver) { putKey(&$0) }
        registry.held(Methods.deleteKey, observer: driver) { deleteKey(&$0) }
        registry.held(Methods.listKeys, observer: driver) { listKeys(&$0) }
        registry.held(Methods.batchKeys, observer: driver) { batchKeys(&$0) }
        registry.held(Methods.watchKeys, observer: driver) { watchKeys(&$0) }
    }

    private func getKey(_ call: inout PlainCall) {
        guard let message = call.request(as: GetKeyRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        submit(&call, KeyRequests.get(message, &check), check)
    }

    private func putKey(_ call: inout PlainCall) {
        guard let message = call.request(as: PutKeyRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        submit(&call, KeyRequests.put(message, call.grantID, &check), check)
    }

    private func deleteKey(_ call: inout PlainCall) {
        guard let message = call.request(as: DeleteKeyRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        submit(&call, KeyRequests.delete(message, call.grantID, &check), check)
    }

    private func submit(
        _ call: inout PlainCall, _ step: KeyRequests.Step, _ check: RequestCheck
    ) {
        guard call.passes(check), gate.admits(step.operation, &call), let held = call.hold()
        else { return }
        driver.submit(held, CoordinationRequest(step.wish), AnswerForm(step.form))
    }

    private func listKeys(_ call: inout PlainCall) {
        guard let message = call.request(as: ListKeysRequest.self) else { return }
        let limits = call.limits
        var check = RequestCheck(limits, nodes: driver.nodes)
        let space = check.space(message.space)
        if !message.prefix.isEmpty { check.keyName(message.prefix, field: "prefix") }
        let after = KeyPageToken.read(message.pageToken, &check)
        let prefix = space.wrap(message.prefix)
        guard call.passes(check), gate.admits(.keyList(prefix), &call), let held = call.hold()
        else { return }
        let asked = message.pageSize == 0 ? 100 : Int(message.pageSize)
        let page = KeyPage(
            prefix: prefix, after: after.isEmpty ? "" : space.wrap(after),
            limit: min(asked, limits.keyPageMax))
        driver.submit(
            held, .listKeys(page), .listKeys(space: space, isKeysOnly: message.keysOnly))
    }

    private func watchKeys(_ call: inout PlainCall) {
        guard let message = call.request(as: WatchKeysRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        let space = check.space(message.space)
        let (wanted, operation) = KeyRequests.watch(message, space, &check)
        let permit = StreamPermit(gate, operation, call)
        guard call.passes(check), gate.admits(operation, &call), let held = call.hold()
        else { return }
        driver.submit(
            held, .watchKeys(wanted), .watchKeys(space: space, isKeysOnly: message.keysOnly),
            permit: permit)
    }

    private func batchKeys(_ call: inout PlainCall) {
        guard let message = call.request(as: BatchKeysRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        let steps = KeyRequests.steps(message, call.grantID, &check)
        guard call.passes(check), gate.admits(.keyBatch(steps.map(\.operation)), &call),
            let held = call.hold()
        else { return }
        driver.submit(held, .batchKeys(steps.map(\.wish)), .batchKeys(steps.map(\.form)))
    }
}

extension CoordinationRequest {
    fileprivate init(_ wish: KeyWish) {
        switch wish {
        case .read(let name): self = .readKey(name)
        case .change(let name, let id, let change):
            self = .changeKey(name, operation: id, change)
        }
    }
}

extension AnswerForm {
    fileprivate init(_ form: KeyForm) {
        switch form {
        case .get(let key): self = .getKey(key: key)
        case .put(let key): self = .putKey(key: key)
        case .delete(let key): self = .deleteKey(key: key)
        }
    }
}

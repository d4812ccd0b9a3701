internal import HoldfastBase
internal import HoldfastCoordination
package import HoldfastRPC
internal import HoldfastWire

/// The watch service.
package struct WatchHandler: Sendable {
    private let gate: Gate
    private let driver: BrainDriver

    package init(gate: Gate, driver: BrainDriver) {
        self.gate = gate
        self.driver = driver
    }

    /// Adds the service.
    package func register(in registry: inout ServiceRegistry) {
        registry.held(WatchService.Methods.watch, observer: driver) { watch(&$0) }
    }

    private func watch(_ call: inout PlainCall) {
        guard let message = call.request(as: WatchRequest.self) else { return }
        var check = RequestCheck(call.limits, nodes: driver.nodes)
        let filter: WatchFilter
        let operation: Operation
        if message.names.isEmpty {
            check.prefix(message.prefix)
            filter = .prefix(NameSpace.lock.wrap(message.prefix))
            operation = .watchPrefix(message.prefix)
        } else {
            check.names(message.names)
            if !message.prefix.isEmpty {
                check.report("prefix", "is given with names: one of them")
            }
            filter = .names(NameSpace.lock.wrap(message.names))
            operation = .watchNames(message.names)
        }
        let token = ResumeToken.read(message.resumeToken, &check)
        let permit = StreamPermit(gate, operation, call)
        guard call.passes(check), gate.admits(operation, &call), let held = call.hold()
        else { return }
        driver.submit(held, .watch(filter, resume: token), .watch, permit: permit)
    }
}

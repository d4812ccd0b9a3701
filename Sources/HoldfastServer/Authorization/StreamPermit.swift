internal import HoldfastRPC
internal import HoldfastWire

/// What an open stream was allowed by, to be asked again when the policy changes.
struct StreamPermit: Sendable {
    let gate: Gate
    let operation: Operation
    let caller: GateCaller

    init(_ gate: Gate, _ operation: Operation, _ call: borrowing PlainCall) {
        self.gate = gate
        self.operation = operation
        caller = GateCaller(call)
    }

    /// The error to end the stream with; `nil` while it is allowed.
    var refusal: RPCError? { gate.refusal(operation, caller) }
}

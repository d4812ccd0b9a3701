internal import HoldfastRPC
internal import HoldfastWire

/// What an open stream was allowed by, to be asked again when the policy changes. Made before the
/// question whether it is allowed.
struct StreamPermit: Sendable {
    let gate: Gate
    let operation: Operation
    let caller: GateCaller
    private let generation: Int

    init(_ gate: Gate, _ operation: Operation, _ call: borrowing PlainCall) {
        self.gate = gate
        generation = gate.generation
        self.operation = operation
        caller = GateCaller(call)
    }

    /// Whether the policy was replaced since the stream was allowed.
    var isOld: Bool { gate.generation != generation }

    /// The error to end the stream with; `nil` while it is allowed.
    var refusal: RPCError? { gate.refusal(operation, caller) }
}

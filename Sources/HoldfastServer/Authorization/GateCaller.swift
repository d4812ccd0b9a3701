internal import HoldfastBase
internal import HoldfastRPC

/// Who asks, and for what, as the audit log has it.
struct GateCaller: Sendable {
    let method: String
    let principal: String?
    let address: String
    let requestID: RequestID?

    init(_ context: ServerContext) {
        method = context.method
        principal = context.peer.identity
        address = context.peer.address
        requestID = context.requestID
    }

    init(_ call: borrowing PlainCall) {
        method = call.path
        principal = call.identity
        address = call.peer.address
        requestID = call.requestID
    }
}

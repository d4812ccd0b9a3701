import HoldfastBase
import HoldfastRPC
import HoldfastRuntime
import HoldfastWire

/// Echo by held calls: what the way costs that a call takes whose answer is decided elsewhere.
struct HeldEcho: HeldCallObserver {
    /// Answered on the loop of the connection.
    static let near = "holdfast.v1.EchoService/Near"
    /// Answered on a loop of its own.
    static let far = "holdfast.v1.EchoService/Away"

    private struct Job: ~Copyable, Sendable {
        let call: HeldCall
        let payload: [UInt8]

        consuming func answer() {
            let payload = payload
            let bytes =
                payload.isEmpty ? 0 : WireSize.lengthPrefixed(payload.count, field: 1)
            call.respond(bodyBytes: bytes) { writer in
                if !payload.isEmpty { writer.putBytes(payload, field: 1) }
            }
        }
    }

    private let inbox: LoopInbox<Job>

    init(pin: Int?) throws {
        let loop = try EventLoop(name: "hf-held")
        try loop.start(pinnedTo: pin)
        inbox = LoopInbox(loop) { $0.answer() }
    }

    func register(in registry: inout ServiceRegistry) {
        let inbox = inbox
        registry.held(path: Self.near, observer: self) { call in
            guard let decoded = unsafe call.decode(EchoRequest.schema) else { return }
            guard let held = call.hold() else { return }
            let payload = unsafe EchoRequest.View(decoded).payload
            let bytes =
                unsafe payload.isEmpty ? 0 : WireSize.lengthPrefixed(payload.count, field: 1)
            held.respond(bodyBytes: bytes) { writer in
                if unsafe !payload.isEmpty { unsafe writer.putBytes(payload, field: 1) }
            }
        }
        registry.held(path: Self.far, observer: self) { call in
            guard let decoded = unsafe call.decode(EchoRequest.schema) else { return }
            guard let held = call.hold() else { return }
            let payload = unsafe Array(EchoRequest.View(decoded).payload)
            inbox.put(Job(call: held, payload: payload))
        }
    }

    func callEnded(_ id: HeldCallID, _ end: HeldCallEnd) {}
}

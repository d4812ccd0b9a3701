internal import HoldfastBase
package import HoldfastRPC
package import HoldfastWire

/// Sends back what it gets: for benchmarks, tests and first contact.
package struct EchoHandler: EchoServiceHandler {
    private let gate: Gate

    package init(gate: Gate) {
        self.gate = gate
    }

    /// Adds the service; an echo without delay is answered inside the tick that read it.
    package func register(in registry: inout ServiceRegistry) {
        let gate = gate
        registry.unary(
            EchoService.Methods.echo, kind: .unary, fast: { Self.answer(&$0, gate) }
        ) { request, context in
            try await self.echo(request, context: context)
        }
        registry.serverStream(EchoService.Methods.echoStream) { request, stream, context in
            try await self.echoStream(request, to: stream, context: context)
        }
    }

    private static func answer(_ call: inout PlainCall, _ gate: Gate) {
        // A refusal is left to the way that writes it to the audit log.
        guard gate.allowsEcho(call.peer.identity) else { return }
        guard let decoded = unsafe call.decode(EchoRequest.schema) else { return }
        let request = unsafe EchoRequest.View(decoded)
        guard unsafe request.delayMs == 0 else { return }
        let payload = unsafe request.payload
        let bytes =
            unsafe payload.isEmpty ? 0 : WireSize.lengthPrefixed(payload.count, field: 1)
        call.respond(bodyBytes: bytes) { writer in
            if unsafe !payload.isEmpty { unsafe writer.putBytes(payload, field: 1) }
        }
    }

    package func echo(
        _ request: EchoRequest, context: ServerContext
    ) async throws -> EchoResponse {
        if request.delayMs > 0 {
            try await Task.sleep(for: .milliseconds(Int64(request.delayMs)))
        }
        return EchoResponse(payload: request.payload)
    }

    package func echoStream(
        _ request: EchoStreamRequest, to stream: ServerStream<EchoStreamResponse>,
        context: ServerContext
    ) async throws {
        for index in 0..<UInt64(request.count) {
            if request.intervalMs > 0, index > 0 {
                try await Task.sleep(for: .milliseconds(Int64(request.intervalMs)))
            }
            try await stream.send(EchoStreamResponse(payload: request.payload, index: index))
        }
    }
}

import HoldfastRPC
import HoldfastWire

/// Logs every call with its caller, outcome and time.
struct CallLog: ServerInterceptor {
    func interceptUnary(
        _ request: any WireMessage, context: ServerContext,
        next: @escaping @Sendable (any WireMessage, ServerContext) async throws -> any WireMessage
    ) async throws -> any WireMessage {
        try await logged(context) { try await next(request, context) }
    }

    func interceptStream(
        _ request: any WireMessage, context: ServerContext,
        next: @escaping @Sendable (any WireMessage, ServerContext) async throws -> Void
    ) async throws {
        try await logged(context) { try await next(request, context) }
    }

    private func logged<Result>(
        _ context: ServerContext, _ call: () async throws -> Result
    ) async throws -> Result {
        let start = ContinuousClock.now
        var outcome = "ok"
        defer {
            let time = start.duration(to: .now)
            say("\(context.method) from \(context.caller): \(outcome), \(time)")
        }
        do {
            return try await call()
        } catch {
            outcome = "\(error)"
            throw error
        }
    }
}

package import HoldfastRPC
package import HoldfastWire

/// Tells whether the server answers.
package struct HealthHandler: HealthServiceHandler {
    private let board: HealthBoard

    package init(board: HealthBoard) {
        self.board = board
    }

    /// Adds the service; Check has slots of its own, so that a busy connection can still be asked.
    package func register(in registry: inout ServiceRegistry) {
        registry.unary(HealthService.Methods.check, kind: .vital) { request, context in
            try await self.check(request, context: context)
        }
        registry.serverStream(HealthService.Methods.watch) { request, stream, context in
            try await self.watch(request, to: stream, context: context)
        }
    }

    package func check(
        _ request: HealthServiceCheckRequest, context: ServerContext
    ) async throws -> HealthServiceCheckResponse {
        guard let status = board.status(of: request.service) else {
            throw RPCError(
                .notFound, "this server has no such service", reason: "SERVICE_UNKNOWN")
        }
        return HealthServiceCheckResponse(status: status)
    }

    package func watch(
        _ request: HealthServiceWatchRequest, to stream: ServerStream<HealthServiceWatchResponse>,
        context: ServerContext
    ) async throws {
        var last: ServingStatus?
        for await status in board.watch(request.service) where status != last {
            last = status
            try await stream.send(HealthServiceWatchResponse(status: status))
        }
    }
}

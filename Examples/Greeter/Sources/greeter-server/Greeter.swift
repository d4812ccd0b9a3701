import GreeterProto
import HoldfastRPC
import HoldfastWire

/// The service itself. A handler is an async function; what it throws is the answer.
struct Greeter: GreeterServiceHandler {
    func greet(_ request: GreetRequest, context: ServerContext) async throws -> GreetResponse {
        guard !request.name.isEmpty else {
            throw RPCError(
                .invalidArgument, "there is nobody to greet", reason: "NAME_MISSING",
                violations: [.init(field: "name", description: "must not be empty")])
        }
        // A caller that gives up, or whose deadline passes, cancels the task: this throws then.
        try await Task.sleep(for: .milliseconds(Int(request.delayMs)))
        return GreetResponse(text: "Hello, \(request.name)! You are \(context.caller).")
    }

    func countdown(
        _ request: CountdownRequest, to stream: ServerStream<CountdownResponse>,
        context: ServerContext
    ) async throws {
        for left in stride(from: Int(request.from), through: 0, by: -1) {
            // Waits while the caller is behind.
            try await stream.send(CountdownResponse(left: UInt32(left)))
            try await Task.sleep(for: .milliseconds(Int(request.intervalMs)))
        }
    }
}

extension ServerContext {
    var caller: String { peer.identity ?? "nobody" }
}

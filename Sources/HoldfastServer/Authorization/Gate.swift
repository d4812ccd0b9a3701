internal import HoldfastBase
package import HoldfastPolicy
package import HoldfastRPC
package import HoldfastWire
internal import Synchronization

/// Decides by the policy in force and writes the audit log: refusals, and every use of an audited
/// verb.
///
/// Without a policy every authenticated caller may do everything, admin calls included. With one, the
/// default is no. What a principal may do is worked out once and kept until the policy changes. A
/// place for quotas per principal: they belong here, beside the grants.
package final class Gate: Sendable {
    private struct State {
        var policy: Policy?
        /// Which policy that is, counted from the start.
        var number = 0
        var grants: [String: PolicyGrants] = [:]
        var denials: UInt64 = 0
        /// Who wants to know of a new policy: the open streams.
        var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextWatcher = 0
        /// As `watchers`, for streams that are no tasks.
        var replacementHandlers: [@Sendable () -> Void] = []
    }

    /// Principals whose grants are kept; beyond that all are worked out anew.
    private static let grantsKeptMax = 4096

    private let state: Mutex<State>
    private let hasPolicy: Atomic<Bool>
    private let replacements = Atomic<Int>(0)
    private let logger: Logger

    package init(policy: Policy?, logger: Logger) {
        state = Mutex(State(policy: policy))
        hasPolicy = Atomic(policy != nil)
        self.logger = logger
    }

    package var policyDigest: [UInt8] { state.withLock { $0.policy?.digest ?? [] } }
    package var denials: UInt64 { state.withLock { $0.denials } }

    /// How often the policy was replaced.
    var generation: Int { replacements.load(ordering: .acquiring) }

    package func replace(_ policy: Policy?) {
        let (watchers, handlers) = state.withLock { state in
            state.policy = policy
            state.number += 1
            state.grants = [:]
            return (Array(state.watchers.values), state.replacementHandlers)
        }
        hasPolicy.store(policy != nil, ordering: .releasing)
        // Who has seen this number is asked by the new policy; who has not is asked again.
        replacements.add(1, ordering: .releasing)
        for watcher in watchers { watcher.yield() }
        for handler in handlers { handler() }
    }

    /// Has `handler` called whenever the policy was replaced.
    package func onReplacement(_ handler: @escaping @Sendable () -> Void) {
        state.withLock { $0.replacementHandlers.append(handler) }
    }

    /// The answer to a stream that the policy does not give any more; `nil` where it does.
    func refusal(_ operation: Operation, _ caller: GateCaller) -> RPCError? {
        let decision = decide(operation.requiredPermissions, principal: caller.principal)
        guard case .denied(let verb, let key, let line) = decision else { return nil }
        return denied(verb, key, line: line, caller)
    }

    /// Returns an element whenever the policy was replaced.
    private func changes() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            defer { state.nextWatcher += 1 }
            state.watchers[state.nextWatcher] = continuation
            return state.nextWatcher
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.watchers.removeValue(forKey: number) }
        }
        return stream
    }

    /// Throws PERMISSION_DENIED as soon as a new policy does not give the operation any more; returns
    /// when the task is cancelled. A permission that was taken away must not live on in an open stream.
    ///
    /// - Parameter generation: that of the policy, or of one before it, which admitted the operation.
    func watch(
        _ operation: Operation, context: ServerContext, since generation: Int
    ) async throws(RPCError) {
        let caller = GateCaller(context)
        let changes = changes()
        // Between the admission and now nobody was told.
        if self.generation != generation, let error = refusal(operation, caller) { throw error }
        for await _ in changes {
            if let error = refusal(operation, caller) { throw error }
        }
    }

    /// Throws PERMISSION_DENIED unless `context`'s caller may do `operation`.
    package func admit(_ operation: Operation?, context: ServerContext) throws(RPCError) {
        guard let operation else {
            throw RPCError(.internal, "the method names no permissions and is refused")
        }
        try admit(operation, caller: GateCaller(context))
    }

    /// As `admit(_:context:)`, for a call that is answered inside the tick; whether it may go on. One
    /// that may not has been answered.
    ///
    /// - Parameter reason: why, in the caller's words, for the audit log.
    @inline(__always)
    package func admits(
        _ operation: Operation, _ call: inout PlainCall, reason: String = ""
    ) -> Bool {
        if operation.isEveryday, !hasPolicy.load(ordering: .acquiring) { return true }
        do throws(RPCError) {
            try admit(operation, caller: GateCaller(call), reason: reason)
            return true
        } catch {
            call.fail(error)
            return false
        }
    }

    private func admit(
        _ operation: Operation, caller: GateCaller, reason: String = ""
    ) throws(RPCError) {
        let permissions = operation.requiredPermissions
        let decision = decide(permissions, principal: caller.principal)
        if case .denied(let verb, let key, let line) = decision {
            throw denied(verb, key, line: line, caller)
        }
        guard permissions.contains(where: { $0.verb.isAudited }) else { return }
        let isWritten = logger.audit(
            "admin call", in: "audit",
            [
                "decision": "allowed", "method": .text(caller.method),
                "key": .bytes(permissions.first?.key ?? []), "reason": .text(reason),
                "principal": .text(caller.principal ?? ""), "peer": .text(caller.address),
                "request_id": .text(caller.requestID?.description ?? ""),
            ])
        // An operator's act that leaves no trace must not happen.
        guard isWritten else {
            throw RPCError(
                .unavailable, "the audit log cannot be written", reason: "AUDIT_LOG_FULL")
        }
    }

    /// Whether `principal` may echo, for the path that answers inside the tick.
    package func allowsEcho(_ principal: String?) -> Bool {
        guard hasPolicy.load(ordering: .acquiring) else { return true }
        return decide(Operation.echo.requiredPermissions, principal: principal) == .allowed
    }

    private func decide(_ permissions: [Permission], principal: String?) -> PolicyDecision {
        grants(of: principal ?? "")?.decide(permissions) ?? .allowed
    }

    /// What a principal may do; `nil` without a policy. In the lock there is only the look-up: all
    /// loops come here, and to read thousands of rules for one caller must not hold up those of others.
    private func grants(of name: String) -> PolicyGrants? {
        let (known, policy, number) = state.withLock { state in
            (state.grants[name], state.policy, state.number)
        }
        if let known { return known }
        guard let grants = policy?.grants(for: name) else { return nil }
        state.withLock { state in
            // Legal race: the policy was replaced meanwhile.
            guard state.number == number else { return }
            if state.grants.count >= Self.grantsKeptMax { state.grants = [:] }
            state.grants[name] = grants
        }
        return grants
    }

    /// The caller's own words, so that it sees which of several names it was.
    private static func place(_ key: [UInt8]) -> String {
        key.isEmpty ? "" : " on \"\(TextEscape.printable(String(decoding: key, as: UTF8.self)))\""
    }

    /// Counts and writes down a refusal, and says it.
    private func denied(
        _ verb: Verb, _ key: [UInt8], line: Int?, _ caller: GateCaller
    ) -> RPCError {
        state.withLock { $0.denials += 1 }
        logger.audit(
            "call refused", in: "audit",
            [
                "decision": "denied", "method": .text(caller.method),
                "verb": .text(verb.rawValue), "key": .bytes(key),
                "rule_line": line.map { .number($0) } ?? "default",
                "principal": .text(caller.principal ?? ""), "peer": .text(caller.address),
                "request_id": .text(caller.requestID?.description ?? ""),
            ])
        let principal = caller.principal.map { TextEscape.printable($0) }
        return RPCError(
            .permissionDenied,
            "the policy does not give \(principal ?? "a caller without certificate") "
                + verb.rawValue + Self.place(key),
            reason: "POLICY_DENIED",
            metadata: ["verb": verb.rawValue, "principal": principal ?? ""])
    }
}

/// Puts the gate in front of every async method.
struct GateInterceptor: ServerInterceptor {
    let gate: Gate

    func interceptUnary(
        _ request: any WireMessage, context: ServerContext,
        next: @escaping @Sendable (any WireMessage, ServerContext) async throws -> any WireMessage
    ) async throws -> any WireMessage {
        try gate.admit(Operation(request), context: context)
        return try await next(request, context)
    }

    func interceptStream(
        _ request: any WireMessage, context: ServerContext,
        next: @escaping @Sendable (any WireMessage, ServerContext) async throws -> Void
    ) async throws {
        let generation = gate.generation
        let operation = Operation(request)
        try gate.admit(operation, context: context)
        guard let operation else { return unreachable("no operation was admitted") }
        let gate = gate
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await next(request, context) }
            group.addTask {
                try await gate.watch(operation, context: context, since: generation)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}

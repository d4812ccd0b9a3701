internal import HoldfastBase
internal import HoldfastSettings
package import HoldfastWire

/// `lock run`, as it was told.
package struct LockRunCommand: Hashable, Sendable {
    /// What is to be held.
    package internal(set) var wish: TryAcquireRequest
    package let plan: LockRunPlan
    /// The program and its arguments.
    package let command: [String]

    init(_ parsed: ParsedArguments) throws(ArgumentError) {
        var plan = LockRunPlan(ttl: try parsed.interval("ttl") ?? LockRunPlan.ttlDefault)
        guard plan.ttl >= .milliseconds(100), plan.ttl <= .seconds(86_400) else {
            throw ArgumentError("--ttl must be from 100ms to 24h")
        }
        plan.wait = try parsed.interval("wait") ?? .zero
        if let text = parsed.value("on-lost") {
            guard let onLost = LockRunPlan.OnLost(rawValue: text) else {
                throw ArgumentError("--on-lost must be term, kill or ignore")
            }
            plan.onLost = onLost
        }
        if let killAfter = try parsed.interval("kill-after") {
            guard plan.onLost == .term else {
                throw ArgumentError("--kill-after goes with --on-lost term")
            }
            guard killAfter <= plan.ttl.part(2) else {
                throw ArgumentError(
                    "--kill-after must be at most half of --ttl, which is "
                        + "\(Quantity.text(plan.ttl)): there must be time to renew before")
            }
            plan.killAfter = killAfter
        }
        wish = try LockCommand.attempt(parsed)
        self.plan = plan
        command = parsed.trailing
    }

    /// The acquire as it is sent after `waited`.
    func request(waited: Interval, metadata: String) -> AcquireRequest {
        let left = Interval(nanoseconds: max(0, (plan.wait.nanoseconds - waited.nanoseconds)))
        return AcquireRequest(
            names: wish.names, mode: wish.mode,
            ttlMs: UInt64(plan.ttl.millisecondsRoundedUp), unfair: wish.unfair,
            waitMs: UInt64(left.millisecondsRoundedUp),
            waitedMs: UInt64(max(0, waited.nanoseconds) / 1_000_000),
            minStrength: wish.minStrength, lockDelayMs: wish.lockDelayMs,
            metadata: wish.metadata.isEmpty ? Array(metadata.utf8) : wish.metadata)
    }

    /// What the program is told in its environment.
    func variables(fence: UInt64, grant: [UInt8]) -> [(name: String, value: String)] {
        [
            ("HOLDFAST_LOCK", wish.names.joined(separator: "\n")),
            ("HOLDFAST_FENCE", String(fence)),
            ("HOLDFAST_GRANT", HumanText.hexadecimal(grant)),
        ]
    }
}

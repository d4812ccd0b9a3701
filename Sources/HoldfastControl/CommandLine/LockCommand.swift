internal import HoldfastBase
internal import HoldfastSettings
package import HoldfastWire

/// What is to be done about locks, as it is sent.
package enum LockCommand: Hashable, Sendable {
    case acquire(AcquireRequest, id: [UInt8]?)
    case `try`(TryAcquireRequest, id: [UInt8]?)
    case renew(RenewRequest)
    case mode(ChangeModeRequest)
    case release(ReleaseRequest)
    case force(ForceReleaseRequest)
    case get(name: String)
    case list(prefix: String)
    case queue(QueueRequest)
    case watch(WatchPlan)
    case run(LockRunCommand)

    init(_ parsed: ParsedArguments) throws(ArgumentError) {
        let names = parsed.operands
        switch parsed.command.last {
        case "acquire":
            self = .acquire(try Self.acquire(parsed), id: try parsed.id("request-id"))
        case "try": self = .try(try Self.attempt(parsed), id: try parsed.id("request-id"))
        case "renew":
            self = .renew(
                RenewRequest(
                    names: names, grant: try parsed.neededID("grant"),
                    ttlMs: try parsed.neededTTL()))
        case "mode": self = try Self.mode(parsed)
        case "release": self = try Self.release(parsed)
        case "run": self = .run(try LockRunCommand(parsed))
        case "watch": self = .watch(try WatchPlan(parsed))
        case "queue":
            self = .queue(
                QueueRequest(
                    name: names.first ?? "",
                    limit: UInt32(try parsed.number("limit", 1...500) ?? 100)))
        case "get": self = .get(name: names.first ?? "")
        default: self = .list(prefix: names.first ?? "")
        }
    }

    private static func acquire(
        _ parsed: ParsedArguments
    ) throws(ArgumentError) -> AcquireRequest {
        let attempt = try attempt(parsed)
        return AcquireRequest(
            names: attempt.names, mode: attempt.mode, session: attempt.session,
            ttlMs: attempt.ttlMs, holder: attempt.holder, reentrant: attempt.reentrant,
            unfair: attempt.unfair, waitMs: try parsed.milliseconds("wait"),
            maxHoldMs: attempt.maxHoldMs, minStrength: attempt.minStrength,
            lockDelayMs: attempt.lockDelayMs, metadata: attempt.metadata)
    }

    static func attempt(
        _ parsed: ParsedArguments
    ) throws(ArgumentError) -> TryAcquireRequest {
        if parsed.value("session") != nil, parsed.value("ttl") != nil {
            throw ArgumentError(
                "--ttl is for a lock of its own: in a --session it lives as long as that")
        }
        return TryAcquireRequest(
            names: parsed.operands, mode: parsed.isOn("shared") ? .shared : .exclusive,
            session: try parsed.id("session") ?? [], ttlMs: try parsed.milliseconds("ttl"),
            holder: parsed.value("holder") ?? "", reentrant: parsed.isOn("reentrant"),
            unfair: parsed.isOn("unfair"), maxHoldMs: try parsed.milliseconds("max-hold"),
            minStrength: UInt32(try parsed.number("min-strength", 1...7) ?? 0),
            lockDelayMs: try parsed.milliseconds("lock-delay"),
            metadata: Array((parsed.value("metadata") ?? "").utf8))
    }

    private static func mode(_ parsed: ParsedArguments) throws(ArgumentError) -> LockCommand {
        let mode: LockMode
        switch parsed.operands.first {
        case "shared": mode = .shared
        case "exclusive": mode = .exclusive
        default: throw ArgumentError("the mode must be shared or exclusive")
        }
        return .mode(
            ChangeModeRequest(
                names: Array(parsed.operands.dropFirst()), grant: try parsed.neededID("grant"),
                mode: mode))
    }

    private static func release(_ parsed: ParsedArguments) throws(ArgumentError) -> LockCommand {
        guard parsed.isOn("force") else {
            for name in ["fence", "reason"] where parsed.value(name) != nil {
                throw ArgumentError("--\(name) goes with --force")
            }
            return .release(
                ReleaseRequest(
                    names: parsed.operands, grant: try parsed.neededID("grant"), expectHeld: true))
        }
        guard parsed.operands.count == 1, let name = parsed.operands.first else {
            throw ArgumentError("--force takes one lock away at a time")
        }
        if parsed.value("grant") != nil {
            throw ArgumentError("--grant gives back what is yours, --force takes what is not")
        }
        guard let reason = parsed.value("reason"), !reason.isEmpty else {
            throw ArgumentError("--force wants --reason TEXT, for the audit log")
        }
        let fence = try parsed.number("fence", 1...Int.max) ?? 0
        return .force(ForceReleaseRequest(name: name, fence: UInt64(fence), reason: reason))
    }
}

/// What is watched, and how long.
package struct WatchPlan: Hashable, Sendable {
    package internal(set) var request: WatchRequest
    /// Ends when all that is so now has been told.
    package let isInitialOnly: Bool

    init(_ parsed: ParsedArguments) throws(ArgumentError) {
        let names = parsed.values("name")
        guard names.isEmpty || parsed.operands.isEmpty else {
            throw ArgumentError("either PREFIX or --name")
        }
        request = WatchRequest(names: names, prefix: parsed.operands.first ?? "")
        isInitialOnly = parsed.isOn("initial")
    }
}

extension ParsedArguments {
    /// 0 where the option is not given.
    func milliseconds(_ name: String) throws(ArgumentError) -> UInt64 {
        guard let interval = try interval(name) else { return 0 }
        return UInt64(interval.millisecondsRoundedUp)
    }

    func neededID(_ name: String) throws(ArgumentError) -> [UInt8] {
        guard let id = try id(name) else {
            throw ArgumentError("--\(name) is missing: the ID that was printed when it was taken")
        }
        return id
    }

    /// Nobody remembers how long something was to live, and any other length would shorten or prolong it.
    func neededTTL() throws(ArgumentError) -> UInt64 {
        guard value("ttl") != nil else {
            throw ArgumentError("--ttl is missing: how long it is to live from now")
        }
        return try milliseconds("ttl")
    }

    /// 16 bytes in hexadecimal digits.
    func id(_ name: String) throws(ArgumentError) -> [UInt8]? {
        guard let text = value(name) else { return nil }
        guard let bytes = Self.bytes(ofID: text) else {
            throw ArgumentError("--\(name) must be 32 hexadecimal digits")
        }
        return bytes
    }

    static func bytes(ofID text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == 32, text.utf8.count == 32 else { return nil }
        return (0..<16).map { UInt8(digits[2 * $0] << 4 | digits[2 * $0 + 1]) }
    }
}

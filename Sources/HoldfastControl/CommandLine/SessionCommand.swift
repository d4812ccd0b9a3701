internal import HoldfastBase
internal import HoldfastSettings
package import HoldfastWire

/// What is to be done about sessions, as it is sent.
package enum SessionCommand: Hashable, Sendable {
    case open(OpenSessionRequest, id: [UInt8]?)
    case keepAlive(KeepAliveRequest)
    case close(session: [UInt8])
    /// The grants of a session; without one, the sessions that hold locks.
    case list(session: [UInt8]?)
    case events(session: [UInt8])

    init(_ parsed: ParsedArguments) throws(ArgumentError) {
        switch parsed.command.last {
        case "open":
            self = .open(
                OpenSessionRequest(ttlMs: try parsed.milliseconds("ttl")),
                id: try parsed.id("request-id"))
        case "keepalive":
            self = .keepAlive(
                KeepAliveRequest(
                    session: try Self.session(parsed), ttlMs: try parsed.neededTTL()))
        case "close": self = .close(session: try Self.session(parsed))
        case "events": self = .events(session: try Self.session(parsed))
        default: self = .list(session: parsed.operands.isEmpty ? nil : try Self.session(parsed))
        }
    }

    private static func session(_ parsed: ParsedArguments) throws(ArgumentError) -> [UInt8] {
        guard let id = ParsedArguments.bytes(ofID: parsed.operands.first ?? "") else {
            throw ArgumentError("ID must be 32 hexadecimal digits, as session open prints them")
        }
        return id
    }
}

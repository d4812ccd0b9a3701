internal import HoldfastBase
internal import HoldfastSettings
package import HoldfastWire

/// What is to be done about elections, as it is sent.
package enum ElectionCommand: Hashable, Sendable {
    case campaign(CampaignRequest, id: [UInt8]?)
    case leader(election: String)
    case observe(election: String)
    case proclaim(ProclaimRequest)
    case renew(RenewLeadRequest)
    case resign(ResignRequest)

    init(_ parsed: ParsedArguments) throws(ArgumentError) {
        let election = parsed.operands.first ?? ""
        let value = Array((parsed.operands.dropFirst().first ?? "").utf8)
        switch parsed.command.last {
        case "campaign":
            self = .campaign(
                CampaignRequest(
                    election: election, value: value, session: try parsed.id("session") ?? [],
                    ttlMs: try parsed.milliseconds("ttl"),
                    waitMs: try parsed.milliseconds("wait"),
                    minStrength: UInt32(try parsed.number("min-strength", 1...7) ?? 0),
                    lockDelayMs: try parsed.milliseconds("lock-delay")),
                id: try parsed.id("request-id"))
        case "observe": self = .observe(election: election)
        case "proclaim":
            self = .proclaim(
                ProclaimRequest(
                    election: election, key: try parsed.neededID("lead"), value: value))
        case "renew":
            self = .renew(
                RenewLeadRequest(
                    election: election, key: try parsed.neededID("lead"),
                    ttlMs: try parsed.neededTTL()))
        case "resign":
            self = .resign(ResignRequest(election: election, key: try parsed.neededID("lead")))
        default: self = .leader(election: election)
        }
    }
}

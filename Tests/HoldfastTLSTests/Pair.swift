import HoldfastTLS

/// Two open sessions over one wire, mutually authenticated.
struct Pair: ~Copyable {
    let wire: Wire
    var client: TLSSession
    var server: TLSSession

    init() throws {
        let issuer = try Issuer()
        let wire = Wire()
        var client = try TLSSession(
            client: issuer.client(Issuer.clientRequest()), descriptor: wire.near,
            serverName: "localhost")
        var server = try TLSSession(server: issuer.server(clients: issuer), descriptor: wire.far)
        let steps = shakeHands(&client, &server)
        precondition(steps.client == .complete && steps.server == .complete)
        self.wire = wire
        self.client = client
        self.server = server
    }

    /// The same bytes every time, and none alike at a small distance.
    static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 8) ^ ($0 >> 16)) }
    }
}

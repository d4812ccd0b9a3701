import Holdfast
import HoldfastRPC
import HoldfastTLS
import HoldfastWire

extension LockStage {
    /// How a generated client reaches one of the servers.
    func configuration(of server: Int = 0) -> ChannelConfiguration {
        ChannelConfiguration(
            endpoints: [servers[server].endpoint],
            trustedCA: certificates.authority.certificate,
            certificate: certificates.client.certificate,
            privateKey: certificates.client.key)
    }

    /// Lends a session that lives longer than any run.
    func withSession<Result>(
        _ body: ([UInt8]) async throws -> Result
    ) async throws -> Result {
        let client = try HoldfastClient(configuration())
        defer { client.close() }
        let opened = try await client.sessions.open(OpenSessionRequest(ttlMs: 600_000))
        let result = try await body(opened.session)
        _ = try await client.sessions.close(CloseSessionRequest(session: opened.session))
        return result
    }
}

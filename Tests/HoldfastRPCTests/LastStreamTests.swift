import HoldfastBase
import HoldfastWire
import Testing

@testable import HoldfastRPC

/// The end of the stream numbers costs no call.
@Suite(.timeLimit(.minutes(5))) struct LastStreamTests {
    /// Twenty calls for each connection, and more at once than one takes.
    @Test func callsMoveToANewConnection() async throws {
        let server = try TestServer()
        defer { server.stop() }
        var configuration = try server.configuration()
        configuration.firstStream = .max - 40
        let channel = try RPCChannel(configuration)
        defer { channel.close() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<300 {
                group.addTask {
                    _ = try await channel.unary(
                        EchoService.Methods.echo, EchoRequest(delayMs: UInt32(index % 3)),
                        options: CallOptions(timeout: Patience.time, retries: false))
                }
            }
            try await group.waitForAll()
        }
    }
}

import HoldfastBase
import Testing

@testable import HoldfastRPC
@testable import HoldfastWire

/// With TLS 1.3 a client may send before the server has finished the handshake: a drain in that moment
/// must still say that the call was not processed.
@Suite(.timeLimit(.minutes(5))) struct DrainDuringHandshakeTests {
    @Test func aDrainInTheMiddleOfAHandshakeLosesNoCall() async throws {
        for round in 0..<60 {
            let server = try TestServer()
            let channel = try server.channel()
            let options = CallOptions(timeout: Patience.time, waitForReady: false, retries: false)
            let call = Task {
                try await channel.unary(
                    EchoService.Methods.echo, EchoRequest(), options: options)
            }
            try await Task.sleep(for: .microseconds(round * 100))
            await server.engine.drainAndStop(reason: "test", grace: .seconds(60))
            if let error = await call.result.failure as? RPCError {
                #expect(error.isNotProcessed, "\(error)")
            }
            channel.close()
        }
    }
}

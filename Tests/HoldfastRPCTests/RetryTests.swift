import HoldfastBase
import HoldfastWire
import Synchronization
import Testing

@testable import HoldfastRPC

/// Repeats, with a server that fails as it is told.
@Suite(.timeLimit(.minutes(5))) struct RetryTests {
    /// How often each call fails before it succeeds.
    final class Script: Sendable {
        private let left = Mutex<[String: Int]>([:])

        func fail(_ name: String, times: Int) { left.withLock { $0[name] = times } }

        func fails(_ name: String) -> Bool {
            left.withLock { left in
                left[name, default: 0] -= 1
                return left[name, default: 0] >= 0
            }
        }
    }

    let script = Script()

    func call(_ channel: RPCChannel, _ name: String, failing times: Int) async -> Bool {
        script.fail(name, times: times)
        let answer = try? await channel.unary(
            EchoService.Methods.echo, EchoRequest(payload: Array(name.utf8)), options: CallOptions()
        )
        return answer != nil
    }

    @Test func successesRefillTheBudgetOfRepeats() async throws {
        let script = script
        let server = try TestServer { registry in
            registry.unary(EchoService.Methods.echo) { request, context in
                let name = String(decoding: request.payload, as: UTF8.self)
                if script.fails(name) { throw RPCError(.unavailable, "told to fail") }
                return EchoResponse()
            }
        }
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        // Ten repeats are all there are.
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<12 {
                group.addTask { _ = await call(channel, "lost \(index)", failing: 9) }
            }
        }
        let again = await call(channel, "again", failing: 1)
        #expect(!again)
        for index in 0..<20 {
            let isGood = await call(channel, "good \(index)", failing: 0)
            #expect(isGood)
        }
        let atLast = await call(channel, "at last", failing: 1)
        #expect(atLast)
    }
}

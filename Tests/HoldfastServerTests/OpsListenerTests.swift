import HoldfastRuntime
import HoldfastSystem
import Testing

@testable import HoldfastServer

/// The listener of probes, with real sockets.
@Suite(.timeLimit(.minutes(5))) struct OpsListenerTests {
    /// Some callers close their half behind the request. What is left of a long answer is theirs all
    /// the same, and must not be written to whoever gets the number of a descriptor that was closed.
    @Test func aCallerThatClosesItsHalfGetsItsWholeAnswer() async throws {
        let loop = try EventLoop(name: "hf-ops")
        try loop.start()
        defer { loop.stop() }
        // More than the sockets of both ends keep.
        let metrics = String(repeating: "a_total 1\n", count: 2_000_000)
        let facts = OpsFacts(isLive: true, checks: [], metrics: { metrics })
        let any = try #require(SocketAddress.numeric(host: "127.0.0.1", port: 0))
        let listener = try OpsListener(at: any, loop: loop) { facts }
        loop.post { _ in listener.begin() }
        let socket = try Sockets.connect(to: listener.address)
        var request = Array("GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n".utf8)[...]
        while !request.isEmpty {
            let size = try #require(
                unsafe request.withUnsafeBytes { unsafe Sockets.write(socket.number, $0) })
            request = request.dropFirst(size)
            if size == 0 { try await Task.sleep(for: .milliseconds(1)) }
        }
        Sockets.shutdownWrite(socket.number)
        var count = 0
        var room = [UInt8](repeating: 0, count: 1 << 16)
        reading: while true {
            let step = unsafe room.withUnsafeMutableBytes {
                unsafe Sockets.read(socket.number, into: $0)
            }
            switch step {
            case .bytes(let size): count += size
            case .wouldBlock: try await Task.sleep(for: .milliseconds(1))
            case .end, .failed: break reading
            }
        }
        #expect(count > metrics.utf8.count)
    }
}

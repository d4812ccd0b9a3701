import Foundation
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
        let address = listener.address
        // On a thread of its own: a probe has ten seconds.
        let count = try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try Self.ask(address) })
            }
        }
        #expect(count > metrics.utf8.count)
    }

    /// As many as may be open, that never end their requests: the supervisor must still be answered, or
    /// it would restart a server that is well.
    @Test func thoseWhoSayNothingDoNotKeepProbesOut() async throws {
        let loop = try EventLoop(name: "hf-ops")
        try loop.start()
        defer { loop.stop() }
        let any = try #require(SocketAddress.numeric(host: "127.0.0.1", port: 0))
        let listener = try OpsListener(at: any, loop: loop) {
            OpsFacts(isLive: true, checks: [], metrics: { "a_total 1\n" })
        }
        loop.post { _ in listener.begin() }
        let address = listener.address
        let count = try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        var silent: [Silent] = []
                        for _ in 0..<OpsListener.connectionsMax {
                            silent.append(Silent(try Sockets.connect(to: address)))
                        }
                        let count = try Self.ask(address)
                        return withExtendedLifetime(silent) { count }
                    })
            }
        }
        #expect(count > 0)
    }

    private final class Silent {
        private let socket: Descriptor
        init(_ socket: consuming Descriptor) { self.socket = socket }
    }

    /// Asks, closes its half, looks away for a moment, and counts the bytes that come.
    private static func ask(_ address: SocketAddress) throws -> Int {
        let socket = try Sockets.connect(to: address)
        var request = Array("GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n".utf8)[...]
        while !request.isEmpty {
            let size = unsafe request.withUnsafeBytes { unsafe Sockets.write(socket.number, $0) }
            request = request.dropFirst(try #require(size))
            usleep(1000)
        }
        Sockets.shutdownWrite(socket.number)
        usleep(100_000)
        var count = 0
        var room = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let step = unsafe room.withUnsafeMutableBytes {
                unsafe Sockets.read(socket.number, into: $0)
            }
            switch step {
            case .bytes(let size): count += size
            case .wouldBlock: usleep(1000)
            case .end, .failed: return count
            }
        }
    }
}

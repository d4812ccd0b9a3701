import Glibc
import HoldfastTLS
import Testing

@Suite("Transfer")
struct TransferTests {
    @Test("bytes go both ways")
    func bothWays() throws {
        var pair = try Pair()
        let sent = pair.client.send([1, 2, 3])
        #expect(sent == .bytes(3))
        let received = pair.server.receive()
        #expect(received.bytes == [1, 2, 3])
        let answered = pair.server.send([4])
        #expect(answered == .bytes(1))
        let answer = pair.client.receive()
        #expect(answer.bytes == [4])
        let empty = pair.client.receive().step
        #expect(empty == .wantRead)
    }

    @Test("what a short read leaves is pending, and no readiness would tell")
    func pending() throws {
        var pair = try Pair()
        _ = pair.client.send(Pair.pattern(1000))
        let first = pair.server.receive(10).bytes
        #expect(first == Array(Pair.pattern(1000)[..<10]))
        let left = pair.server.pendingBytes
        #expect(left == 990)
        let rest = pair.server.receive().bytes
        #expect(rest.count == 990)
        let none = pair.server.pendingBytes
        #expect(none == 0)
    }

    @Test("4 MiB arrive whole through small socket buffers, in partial writes")
    func large() throws {
        var pair = try Pair()
        pair.wire.shrink()
        let whole = Pair.pattern(4 * 1024 * 1024)
        var sent = 0
        var received: [UInt8] = []
        var waits = 0
        var partial = 0
        while received.count < whole.count {
            if sent < whole.count {
                // A fresh array each time: the bytes move between attempts.
                switch pair.client.send(Array(whole[sent..<min(sent + 100_000, whole.count)])) {
                case .bytes(let count):
                    if count < 100_000 { partial += 1 }
                    sent += count
                case .wantWrite: waits += 1
                case .wantRead, .closed, .failed: Issue.record("The write failed.")
                }
            }
            let part = pair.server.receive().bytes
            received += part
            try #require(!part.isEmpty || waits < 1_000_000)
        }
        #expect(received == whole)
        #expect(partial > 0)
        #expect(waits > 0)
    }

    @Test("close_notify is a close on both ends; the other direction goes on")
    func closeNotify() throws {
        var pair = try Pair()
        _ = pair.client.send([7])
        pair.client.shutdown()
        let last = pair.server.receive().bytes
        #expect(last == [7])
        let end = pair.server.receive().step
        #expect(end == .closed)
        let answer = pair.server.send([8])
        #expect(answer == .bytes(1))
        pair.server.shutdown()
        let read = pair.client.receive().bytes
        #expect(read == [8])
        let closed = pair.client.receive().step
        #expect(closed == .closed)
    }

    @Test("a bare end of the stream is an error to a client")
    func truncation() throws {
        var pair = try Pair()
        pair.wire.closeFar()
        let failure = pair.client.receive().step.failure
        #expect(failure?.reason == .truncated)
        #expect(failure?.isAuthentication == false)
    }

    @Test("a bare end of the stream is a close to a server")
    func truncationOnServer() throws {
        let issuer = try Issuer()
        let wire = Wire()
        var client = try TLSSession(
            client: issuer.client(), descriptor: wire.far, serverName: "localhost")
        var server = try TLSSession(server: issuer.server(), descriptor: wire.near)
        _ = shakeHands(&client, &server)
        wire.closeFar()
        let end = server.receive().step
        #expect(end == .closed)
        let failure = server.send([1]).failure
        #expect(failure?.reason == .peerClosed)
    }

    @Test("a changed bit is a bad record")
    func damage() throws {
        var pair = try Pair()
        // An application record of TLS 1.3 that nobody encrypted.
        let record: [UInt8] = [0x17, 3, 3, 0, 32] + [UInt8](repeating: 1, count: 32)
        pair.wire.sendFar(record)
        let failure = pair.client.receive().step.failure
        #expect(failure?.reason == .badRecord)
        let again = pair.client.receive().step.failure
        #expect(again == failure)
    }

    @Test("another session's stale error does not hurt")
    func staleError() throws {
        var pair = try Pair()
        try plantError()
        let empty = pair.client.receive().step
        #expect(empty == .wantRead)
        try plantError()
        let sent = pair.client.send([1])
        #expect(sent == .bytes(1))
        pair.wire.shrink()
        var step = sent
        while case .bytes = step {
            try plantError()
            step = pair.client.send(Pair.pattern(16_384))
        }
        #expect(step == .wantWrite)

        let issuer = try Issuer()
        let wire = Wire()
        var server = try TLSSession(server: issuer.server(), descriptor: wire.near)
        try plantError()
        #expect(server.handshake() == .wantRead)
    }

    @Test("no key update in the middle of a write that has to be repeated")
    func keyUpdateDuringWrite() throws {
        var pair = try Pair()
        pair.wire.shrink()
        while case .bytes = pair.client.send(Pair.pattern(16_384)) {}
        let isUpdated = pair.client.updateKeys()
        #expect(!isUpdated)
        var step = TransferStep.wantWrite
        for _ in 0..<100 where step == .wantWrite {
            _ = pair.server.receive()
            step = pair.client.send(Pair.pattern(16_384))
        }
        #expect(step == .bytes(16_384))
    }

    @Test("key updates between data are followed, a flood of them is refused")
    func keyUpdates() throws {
        var pair = try Pair()
        for _ in 0..<TLSLimits.keyUpdatesMax * 2 {
            let isUpdated = pair.client.updateKeys()
            #expect(isUpdated)
            for _ in 0..<TLSLimits.keyUpdateBytes / 8192 {
                _ = pair.client.send(Pair.pattern(8192))
                let received = pair.server.receive().bytes
                #expect(received == Pair.pattern(8192))
            }
        }
        let idle = pair.server.receive().step
        #expect(idle == .wantRead)
        flood(&pair)
        let failure = pair.server.receive().step.failure
        #expect(failure?.reason == .keyUpdateFlood)
    }

    /// One costs as much as a call or two, and there may be as many in one read: a byte here and there
    /// must not pay for them.
    @Test("key updates with hardly any data between them are a flood too")
    func keyUpdatesAmongLittle() throws {
        var pair = try Pair()
        var updates = 0
        var failure: TLSFailure?
        while failure == nil, updates < TLSLimits.keyUpdatesMax * 2 {
            let isUpdated = pair.client.updateKeys()
            #expect(isUpdated)
            updates += 1
            _ = pair.client.send([1])
            failure = pair.server.receive().step.failure
        }
        #expect(failure?.reason == .keyUpdateFlood)
        #expect(updates == TLSLimits.keyUpdatesMax + 1)
    }

    /// Sends key updates with nothing between them.
    private func flood(_ pair: inout Pair) {
        for _ in 0...TLSLimits.keyUpdatesMax {
            let isUpdated = pair.client.updateKeys()
            #expect(isUpdated)
        }
    }

    /// Leaves an error in this thread's queue, as another session's failed call could. By
    /// `dlsym`, because only HoldfastTLS may import OpenSSL.
    private func plantError() throws {
        typealias MakeContext = @convention(c) (OpaquePointer?) -> OpaquePointer?
        typealias PeekError = @convention(c) () -> UInt
        let make = unsafe try #require(dlsym(nil, "SSL_CTX_new"))
        let peek = unsafe try #require(dlsym(nil, "ERR_peek_error"))
        _ = unsafe unsafeBitCast(make, to: MakeContext.self)(nil)
        let planted = unsafe unsafeBitCast(peek, to: PeekError.self)()
        try #require(planted != 0)
    }
}

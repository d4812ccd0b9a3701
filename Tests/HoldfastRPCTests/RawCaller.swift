import Glibc
import HoldfastBase
import HoldfastRuntime
import HoldfastSystem
import HoldfastTLS
import Testing

@testable import HoldfastRPC
@testable import HoldfastWire

/// A caller that does nothing by itself: no deadlines, no CANCEL, no reading before it is told to.
final class RawCaller {
    private let socket: Descriptor
    private var tls: TLSSession
    private var received = ByteQueue()
    /// What has come, without the bodies.
    private(set) var frames: [FrameHeader] = []

    init(_ server: TestServer) async throws {
        var pair: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
        #expect(unsafe socketpair(AF_UNIX, type, 0, &pair) == 0)
        // A server that has gone is an error of the write here.
        signal(SIGPIPE, SIG_IGN)
        socket = Descriptor(owning: pair[1])
        let files = TLSClientFiles(
            trustedCA: server.certificates.authority.certificate,
            certificateChain: server.certificates.client.certificate,
            privateKey: server.certificates.client.key)
        tls = try TLSSession(
            client: TLSReloader(clientFiles: files).current, descriptor: pair[1],
            serverName: "localhost")
        let address = try #require(SocketAddress.numeric(host: "127.0.0.1", port: 1))
        let accepted = pair[0]
        _ = await server.engine.ask { $0.accept(accepted, from: address) }
        while true {
            switch tls.handshake() {
            case .complete: return
            case .wantRead, .wantWrite: try await Task.sleep(for: .milliseconds(1))
            case .failed(let failure): throw failure
            }
        }
    }

    /// Appends a request to `output`.
    static func request(
        _ stream: UInt32, _ method: String, _ request: some WireMessage, timeout: Interval = .zero,
        credit: UInt32 = 0, to output: inout FrameOutput
    ) {
        var head = RequestHead()
        head.method = method
        head.timeoutUs = UInt64(timeout.microseconds)
        head.initialCredit = credit
        output.append(.request, stream: stream, head: head, bodyBytes: request.encodedBytes) {
            request.encode(into: &$0)
        }
    }

    /// What a caller says first.
    static func hello() -> FrameOutput {
        var hello = Hello()
        hello.minMinor = 1
        hello.maxMinor = 1
        var output = FrameOutput()
        output.appendHello(hello)
        return output
    }

    func send(_ output: consuming FrameOutput) async throws {
        while !output.isEmpty {
            switch unsafe tls.write(output.unsafeBytes) {
            case .bytes(let size): output.written(size)
            case .wantRead, .wantWrite:
                output.blocked()
                try await Task.sleep(for: .milliseconds(1))
            case .closed: return
            case .failed(let failure): throw failure
            }
        }
    }

    /// Changes the keys so many times, or as often as the server takes it.
    func updateKeys(times: Int) {
        for _ in 0..<times where !tls.updateKeys() { return }
    }

    /// Reads until what has come is enough, or until the end.
    func read(until isEnough: ([FrameHeader]) -> Bool) async throws {
        while !isEnough(frames), try await readSome() != nil { cut() }
    }

    private func readSome() async throws -> Int? {
        while true {
            var step = TransferStep.wantRead
            unsafe received.append(room: 4096) { room in
                step = unsafe tls.read(into: room)
                if case .bytes(let size) = step { return size }
                return 0
            }
            switch step {
            case .bytes(let size): return size
            case .wantRead, .wantWrite: try await Task.sleep(for: .milliseconds(1))
            case .closed, .failed: return nil
            }
        }
    }

    private func cut() {
        while received.count >= FrameHeader.bytes {
            let header = FrameHeader(reading: received.bytes, at: 0)
            guard received.count >= FrameHeader.bytes + header.length else { return }
            frames.append(header)
            received.removeFirst(FrameHeader.bytes + header.length)
        }
    }
}

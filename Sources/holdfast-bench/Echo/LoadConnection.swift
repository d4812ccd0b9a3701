import HoldfastBase
import HoldfastRPC
import HoldfastSystem
import HoldfastTLS

/// One connection of a load generator: blocking to set up, then driven by a poller.
///
/// The subclasses know what a request is: a bare frame, or a call by the connection machine. Both are
/// driven by the same loop, so that the difference between their figures is RPC and nothing else.
@safe
class LoadConnection {
    let descriptor: Descriptor
    private var tls: TLSSession
    private var pending = ByteQueue()
    var latencies = Histogram()
    private(set) var isBroken = false

    init(to endpoint: Endpoint, context: TLSContext) throws {
        guard let address = SocketAddress.numeric(host: endpoint.host, port: endpoint.port) else {
            throw BenchError("\(endpoint) is not an address")
        }
        descriptor = try Sockets.connect(to: address)
        tls = try TLSSession(
            client: context, descriptor: descriptor.number, serverName: endpoint.host)
        try finishHandshake(to: endpoint)
    }

    private func finishHandshake(to endpoint: Endpoint) throws {
        let poller = try Poller(eventsPerWait: 1)
        try poller.add(descriptor.number, .writable, token: 0)
        _ = poller.wait(milliseconds: 5000)
        if let error = Sockets.outcome(of: descriptor.number) { throw error }
        while true {
            switch tls.handshake() {
            case .complete: return
            case .wantRead: try poller.change(descriptor.number, .readable, token: 0)
            case .wantWrite: try poller.change(descriptor.number, .writable, token: 0)
            case .failed(let failure): throw failure
            }
            guard poller.wait(milliseconds: 5000) > 0 else {
                throw SystemError("TLS handshake with \(endpoint)", code: 110)
            }
        }
    }

    // For subclasses.
    func begin(depth: Int, now: Instant) {}
    func process(_ input: RawSpan, now: Instant) -> Int { 0 }
    @unsafe var output: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    }
    func written(_ size: Int, now: Instant) {}

    /// Reads what is there, answers it by new requests, writes them.
    func ready(scratch: UnsafeMutableRawBufferPointer) {
        let now = Clocks.now()
        reading: while true {
            switch unsafe tls.read(into: scratch) {
            case .bytes(let size):
                unsafe take(UnsafeRawBufferPointer(rebasing: scratch[..<size]), now: now)
                if size < 16384, tls.pendingBytes == 0 { break reading }
            case .wantRead, .wantWrite: break reading
            case .closed, .failed:
                isBroken = true
                return
            }
        }
        flush(now: now)
    }

    private func take(_ input: UnsafeRawBufferPointer, now: Instant) {
        if pending.isEmpty {
            let used = unsafe process(RawSpan(_unsafeBytes: input), now: now)
            if used < input.count {
                unsafe pending.append(
                    RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: input[used...])))
            }
        } else {
            unsafe pending.append(RawSpan(_unsafeBytes: input))
            let used = process(pending.bytes, now: now)
            pending.removeFirst(used)
        }
    }

    func flush(now: Instant) {
        while unsafe !output.isEmpty {
            switch unsafe tls.write(output) {
            case .bytes(let size): written(size, now: now)
            // The load is bounded by its depth, far below what the socket takes.
            case .wantRead, .wantWrite: return
            case .closed, .failed:
                isBroken = true
                return
            }
        }
    }
}

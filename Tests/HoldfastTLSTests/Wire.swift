import Glibc
import HoldfastTLS

/// Two connected descriptors, non-blocking, closed with the value's last reference.
final class Wire {
    let near: Int32
    let far: Int32
    private var isFarOpen = true

    init() {
        // A write to a closed end must be an error and not the end of the test process.
        _ = signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let result = unsafe socketpair(AF_UNIX, flags, 0, &ends)
        precondition(result == 0)
        near = ends[0]
        far = ends[1]
    }

    deinit {
        close(near)
        closeFar()
    }

    func closeFar() {
        if isFarOpen { close(far) }
        isFarOpen = false
    }

    /// Makes both ends take few bytes at once.
    func shrink() {
        for end in [near, far] {
            var bytes: Int32 = 4096
            let size = socklen_t(MemoryLayout<Int32>.size)
            unsafe setsockopt(end, SOL_SOCKET, SO_SNDBUF, &bytes, size)
        }
    }

    func sendFar(_ bytes: [UInt8]) {
        let sent = unsafe Glibc.write(far, bytes, bytes.count)
        precondition(sent == bytes.count)
    }

    /// What has arrived at the far end.
    func receiveFar() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe Glibc.read(far, &bytes, bytes.count)
        return Array(bytes[..<max(count, 0)])
    }
}

/// Drives both handshakes until neither moves. Returns how each stands at the end.
func shakeHands(
    _ client: inout TLSSession, _ server: inout TLSSession
) -> (client: HandshakeStep, server: HandshakeStep) {
    var steps = (client: HandshakeStep.wantRead, server: HandshakeStep.wantRead)
    for _ in 0..<20 {
        steps.client = client.handshake()
        steps.server = server.handshake()
    }
    return steps
}

extension TLSSession {
    mutating func send(_ bytes: [UInt8]) -> TransferStep {
        unsafe bytes.withUnsafeBytes { buffer in unsafe write(buffer) }
    }

    mutating func receive(_ countMax: Int = 65_536) -> (step: TransferStep, bytes: [UInt8]) {
        var bytes = [UInt8](repeating: 0, count: countMax)
        let step = unsafe bytes.withUnsafeMutableBytes { buffer in unsafe read(into: buffer) }
        guard case .bytes(let count) = step else { return (step, []) }
        return (step, Array(bytes[..<count]))
    }
}

extension HandshakeStep {
    var failure: TLSFailure? {
        if case .failed(let failure) = self { return failure }
        return nil
    }
}

extension TransferStep {
    var failure: TLSFailure? {
        if case .failed(let failure) = self { return failure }
        return nil
    }
}

import HoldfastBase
import HoldfastRPC
import HoldfastTLS

/// Sends bare frames (12 bytes of header and a payload) and counts what comes back.
final class BareLoad: LoadConnection {
    private let payloadBytes: Int
    private var queue = ByteQueue()
    private var sent: [Instant] = []
    private var oldest = 0

    init(to endpoint: Endpoint, context: TLSContext, payloadBytes: Int) throws {
        self.payloadBytes = payloadBytes
        try super.init(to: endpoint, context: context)
    }

    override func begin(depth: Int, now: Instant) {
        sent = Array(repeating: now, count: depth)
        for _ in 0..<depth { put() }
    }

    private func put() {
        let size = payloadBytes
        unsafe queue.append(room: 12 + size) { room in
            unsafe room.storeBytes(of: UInt32(size).bigEndian, as: UInt32.self)
            unsafe UnsafeMutableRawBufferPointer(rebasing: room[4...])
                .initializeMemory(as: UInt8.self, repeating: 120)
            return 12 + size
        }
    }

    override func process(_ input: RawSpan, now: Instant) -> Int {
        var offset = 0
        let frame = 12 + payloadBytes
        while input.byteCount - offset >= frame {
            offset += frame
            latencies.add(nanoseconds: (now - sent[oldest]).nanoseconds)
            sent[oldest] = now
            oldest = oldest + 1 == sent.count ? 0 : oldest + 1
            put()
        }
        return offset
    }

    @unsafe override var output: UnsafeRawBufferPointer { unsafe queue.unsafeBytes }
    override func written(_ size: Int, now: Instant) { queue.removeFirst(size) }
}

import HoldfastBase
import HoldfastSystem
import HoldfastTLS

/// The bare limit: one epoll thread that sends back every frame it gets, over the same TLS, without
/// RPC. What arrived together is answered together.
@safe
final class BareEchoServer {
    private final class Connection {
        let descriptor: Int32
        var tls: TLSSession
        var input = ByteQueue()
        var output = ByteQueue()
        var isOpen = false

        init(_ descriptor: Int32, _ context: TLSContext) throws {
            self.descriptor = descriptor
            tls = try TLSSession(server: context, descriptor: descriptor)
        }
    }

    private let poller: Poller
    private let listener: Descriptor
    private let context: TLSContext
    private var connections: [Int32: Connection] = [:]
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)

    init(context: TLSContext) throws {
        self.context = context
        poller = try Poller()
        guard let address = SocketAddress.numeric(host: "127.0.0.1", port: 0) else {
            throw SystemError("loopback", code: 99)
        }
        listener = try Sockets.listen(at: address)
        try poller.add(listener.number, .readable, token: UInt64(UInt32(listener.number)))
    }

    var address: String { Sockets.localAddress(of: listener.number)?.description ?? "" }

    func run() throws {
        while true {
            for index in 0..<poller.wait(milliseconds: -1) {
                let event = poller.event(index)
                let descriptor = Int32(truncatingIfNeeded: event.token)
                if descriptor == listener.number {
                    try accept()
                } else if let connection = connections[descriptor] {
                    serve(connection)
                }
            }
        }
    }

    private func accept() throws {
        guard case .accepted(let descriptor, _) = Sockets.accept(listener.number) else { return }
        connections[descriptor] = try Connection(descriptor, context)
        try poller.add(descriptor, .readable, token: UInt64(UInt32(descriptor)))
    }

    private func serve(_ connection: Connection) {
        if !connection.isOpen {
            switch connection.tls.handshake() {
            case .complete: connection.isOpen = true
            case .wantRead, .wantWrite: return
            case .failed: return close(connection)
            }
        }
        while true {
            switch unsafe connection.tls.read(into: scratch) {
            case .bytes(let size):
                unsafe echo(UnsafeRawBufferPointer(rebasing: scratch[..<size]), connection)
                if size < 16384, connection.tls.pendingBytes == 0 { return flush(connection) }
            case .wantRead, .wantWrite: return flush(connection)
            case .closed, .failed: return close(connection)
            }
        }
    }

    private func echo(_ bytes: UnsafeRawBufferPointer, _ connection: Connection) {
        if connection.input.isEmpty {
            let span = unsafe RawSpan(_unsafeBytes: bytes)
            let used = copyFrames(span, to: connection)
            if used < bytes.count {
                connection.input.append(span.extracting(droppingFirst: used))
            }
        } else {
            unsafe connection.input.append(RawSpan(_unsafeBytes: bytes))
            let used = unsafe copyFrames(
                RawSpan(_unsafeBytes: connection.input.unsafeBytes), to: connection)
            connection.input.removeFirst(used)
        }
    }

    private func copyFrames(_ input: RawSpan, to connection: Connection) -> Int {
        var offset = 0
        while input.byteCount - offset >= 12 {
            let length = unsafe UInt32(
                bigEndian: input.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
            let frame = 12 + Int(length)
            guard input.byteCount - offset >= frame else { break }
            connection.output.append(input.extracting(offset..<(offset + frame)))
            offset += frame
        }
        return offset
    }

    private func flush(_ connection: Connection) {
        while !connection.output.isEmpty {
            switch unsafe connection.tls.write(connection.output.unsafeBytes) {
            case .bytes(let size): connection.output.removeFirst(size)
            case .wantRead, .wantWrite: return
            case .closed, .failed: return close(connection)
            }
        }
    }

    private func close(_ connection: Connection) {
        poller.remove(connection.descriptor)
        Sockets.close(connection.descriptor)
        connections[connection.descriptor] = nil
    }
}

internal import HoldfastRuntime
internal import HoldfastSystem
internal import HoldfastTLS

/// One socket to a node, with TLS or without: connects, reads and writes as far as it goes without
/// waiting. It decides nothing.
@safe
struct NodeTransport: ~Copyable {
    enum State {
        /// → handshaking or open when the socket is writable.
        case connecting
        /// → open.
        case handshaking
        case open
    }

    /// How far the opening has come.
    enum Opening {
        case waiting(Poller.Interest)
        case open
        case failed(String)
    }

    enum Reading {
        case bytes(Int)
        case blocked
        case closed
        case failed(String)
    }

    enum Writing {
        /// May be 0: the socket takes nothing now.
        case taken(Int)
        /// TLS took nothing and keeps what it was shown.
        case kept
        case failed(String)
    }

    let descriptor: Descriptor
    private let context: TLSContext?
    private let serverName: String
    private var tls: TLSSession?
    private(set) var state = State.connecting

    /// Begins to connect.
    init(
        to address: SocketAddress, context: TLSContext?, serverName: String
    ) throws(SystemError) {
        descriptor = try Sockets.connect(to: address)
        self.context = context
        self.serverName = serverName
    }

    var isOpen: Bool { state == .open }

    /// Goes on with the opening; called when the socket is ready for what it waited for.
    mutating func proceed() -> Opening {
        switch state {
        case .open: return .open
        case .connecting:
            if let error = Sockets.outcome(of: descriptor.number) { return .failed(error.text) }
            guard let context else {
                state = .open
                return .open
            }
            do throws(TLSError) {
                tls = try TLSSession(
                    client: context, descriptor: descriptor.number, serverName: serverName)
            } catch {
                return .failed(error.description)
            }
            state = .handshaking
            return shakeHands()
        case .handshaking: return shakeHands()
        }
    }

    private mutating func shakeHands() -> Opening {
        guard let step = tls?.handshake() else { return .failed("no TLS session") }
        switch step {
        case .wantRead: return .waiting(.readable)
        case .wantWrite: return .waiting(.writable)
        case .failed(let failure): return .failed(failure.description)
        case .complete:
            state = .open
            return .open
        }
    }

    mutating func read(into room: UnsafeMutableRawBufferPointer) -> Reading {
        guard context != nil else {
            switch unsafe Sockets.read(descriptor.number, into: room) {
            case .bytes(let size): return .bytes(size)
            case .wouldBlock: return .blocked
            case .end: return .closed
            case .failed: return .failed("the connection was reset")
            }
        }
        guard let step = unsafe tls?.read(into: room) else { return .failed("no TLS session") }
        switch step {
        case .bytes(let size): return .bytes(size)
        case .wantRead, .wantWrite: return .blocked
        case .closed: return .closed
        case .failed(let failure): return .failed(failure.description)
        }
    }

    /// Whether bytes wait that no readiness event will tell of.
    var hasPending: Bool {
        mutating get { (tls?.pendingBytes ?? 0) > 0 }
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) -> Writing {
        guard context != nil else {
            guard let size = unsafe Sockets.write(descriptor.number, bytes) else {
                return .failed("the connection was reset")
            }
            return .taken(size)
        }
        guard let step = unsafe tls?.write(bytes) else { return .failed("no TLS session") }
        switch step {
        case .bytes(let size): return .taken(size)
        case .wantRead, .wantWrite: return .kept
        case .closed: return .failed("the node closed the connection")
        case .failed(let failure): return .failed(failure.description)
        }
    }

    /// Says good-bye where there is a way to say it.
    mutating func leave() {
        if state == .open { tls?.shutdown() }
    }
}

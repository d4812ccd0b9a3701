internal import HoldfastBase
internal import HoldfastRedis
internal import HoldfastRuntime
internal import HoldfastSystem

/// The way to one node, for one of the machines that talk to it: resolves the name, opens and closes
/// transports as told, and moves bytes. What `RedisConnection` and `RedisSubscription` share.
///
/// `@unchecked Sendable`: touched on its loop only; other threads merely carry it back there.
@safe
final class NodeLink: @unchecked Sendable {
    /// Bytes read at once, and how often in one tick; the rest waits behind the other sources.
    static let readBytes = 32 << 10
    static let readsPerTick = 4

    enum Opened {
        /// Nothing yet: an event or a resolved name will bring it on.
        case waiting
        case open
        case failed(String)
    }

    let loop: EventLoop
    private let endpoint: NodeEndpoint
    private var transport: NodeTransport?
    private var interest: Poller.Interest = .writable
    private var isResolving = false
    private let room: UnsafeMutableRawBufferPointer

    init(loop: EventLoop, endpoint: NodeEndpoint) {
        self.loop = loop
        self.endpoint = endpoint
        unsafe room = .allocate(byteCount: Self.readBytes, alignment: 16)
    }

    deinit {
        unsafe room.deallocate()
    }

    var isOpen: Bool { transport?.isOpen ?? false }

    // MARK: Opening and closing

    /// Begins to connect. `resolved` is called later, on the loop, when a name had to be looked up.
    func open(
        _ token: LoopToken,
        _ resolved: @escaping @Sendable (Result<SocketAddress, LinkError>) -> Void
    ) -> Opened {
        close()
        switch endpoint.address.place {
        case .unix(let path):
            do throws(SystemError) {
                return connect(to: try .unix(path: path), token)
            } catch {
                return .failed(error.text)
            }
        case .host(let host, let port):
            if let address = SocketAddress.numeric(host: host, port: Int(port)) {
                return connect(to: address, token)
            }
            return resolve(host, Int(port), resolved)
        }
    }

    func connect(to address: SocketAddress, _ token: LoopToken) -> Opened {
        close()
        if endpoint.address.usesTLS, endpoint.context == nil {
            return .failed("TLS is asked for but not configured")
        }
        do throws(SystemError) {
            let fresh = try NodeTransport(
                to: address, context: endpoint.address.usesTLS ? endpoint.context : nil,
                serverName: endpoint.serverName ?? endpoint.address.host)
            interest = .writable
            try loop.watch(fresh.descriptor.number, .writable, for: token)
            transport = consume fresh
            return .waiting
        } catch {
            return .failed(error.text)
        }
    }

    /// On a thread of its own, because the name service may take its time; one at a time.
    private func resolve(
        _ host: String, _ port: Int,
        _ resolved: @escaping @Sendable (Result<SocketAddress, LinkError>) -> Void
    ) -> Opened {
        // A look-up that outlived its attempt serves this one.
        guard !isResolving else { return .waiting }
        isResolving = true
        do throws(SystemError) {
            try Threads.start(name: "hf-resolve") { [self] in
                let found: Result<SocketAddress, LinkError>
                do throws(ResolveError) {
                    let list = try SocketAddress.resolve(host: host, port: port)
                    found =
                        list.first.map { .success($0) }
                        ?? .failure(LinkError(text: "\(host) has no address"))
                } catch {
                    found = .failure(LinkError(text: error.description))
                }
                loop.post { [self] _ in
                    isResolving = false
                    resolved(found)
                }
            }
            return .waiting
        } catch {
            isResolving = false
            return .failed(error.text)
        }
    }

    func close() {
        guard transport != nil else { return }
        if let number = transport?.descriptor.number { loop.unwatch(number) }
        transport?.leave()
        transport = nil
    }

    /// Goes on with the opening, after an event.
    func proceed(_ token: LoopToken) -> Opened {
        guard let step = transport?.proceed() else { return .waiting }
        switch step {
        case .waiting(let wanted): return watch(wanted, token) ? .waiting : .failed("epoll_ctl")
        case .open: return watch(.readable, token) ? .open : .failed("epoll_ctl")
        case .failed(let text): return .failed(text)
        }
    }

    /// The secret of this moment.
    func credentials() throws(NodeSecretError) -> NodeCredentials? {
        try endpoint.credentials()
    }

    // MARK: Bytes

    /// Reads once. `take` is handed what came; whether there may be more is the answer.
    func read(_ take: (RawSpan) -> Void) -> Step {
        guard let step = unsafe transport?.read(into: room) else { return .done }
        switch step {
        case .bytes(let size):
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: room[..<size])
            unsafe take(RawSpan(_unsafeBytes: bytes))
            return size == Self.readBytes || hasPending ? .more : .done
        case .blocked: return .done
        case .closed: return .ended(.closedByNode)
        case .failed(let text): return .ended(.broken(text))
        }
    }

    enum Step {
        case more
        case done
        case ended(NodeCloseReason)
    }

    var hasPending: Bool { transport?.hasPending ?? false }

    func write(_ bytes: UnsafeRawBufferPointer) -> NodeTransport.Writing {
        unsafe transport?.write(bytes) ?? .taken(0)
    }

    /// Asks to be told when the socket takes bytes again, or no longer.
    func watchWriting(_ isBlocked: Bool, _ token: LoopToken) {
        _ = watch(isBlocked ? [.readable, .writable] : .readable, token)
    }

    private func watch(_ wanted: Poller.Interest, _ token: LoopToken) -> Bool {
        guard wanted != interest, let number = transport?.descriptor.number else { return true }
        interest = wanted
        do throws(SystemError) {
            try loop.rewatch(number, wanted, for: token)
            return true
        } catch {
            return false
        }
    }
}

internal import CHoldfastSystem
internal import Glibc

/// System calls on stream sockets, each non-blocking and close-on-exec.
package enum Sockets {
    private static let backlog: Int32 = 4096

    /// A listening socket.
    package static func listen(at address: SocketAddress) throws(SystemError) -> Descriptor {
        let socket = try open(address.family)
        if address.family != AF_UNIX { set(socket.number, SOL_SOCKET, SO_REUSEADDR, 1) }
        // One listener for each family: "::" must not take the IPv4 port away.
        if address.family == AF_INET6 { set(socket.number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        let bound = unsafe address.withSockAddress { unsafe bind(socket.number, $0, $1) }
        guard bound == 0 else { throw .last("cannot listen at \(address)") }
        guard Glibc.listen(socket.number, backlog) == 0 else {
            throw .last("cannot listen at \(address)")
        }
        return socket
    }

    /// Begins a connection; when it is in progress, writable means it has ended: see `outcome`.
    package static func connect(to address: SocketAddress) throws(SystemError) -> Descriptor {
        let socket = try open(address.family)
        if address.family != AF_UNIX { setNoDelay(socket.number) }
        let result = unsafe address.withSockAddress { unsafe Glibc.connect(socket.number, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else { throw .last("connect \(address)") }
        return socket
    }

    /// How a connection in progress ended.
    package static func outcome(of socket: Int32) -> SystemError? {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else {
            return .last("getsockopt")
        }
        return code == 0 ? nil : SystemError("connect", code: code)
    }

    package enum AcceptOutcome {
        case accepted(Int32, SocketAddress)
        case wouldBlock
        /// The peer left before we came, or another transient fault of that one connection.
        case peerGone
        /// No descriptor or memory is left.
        case exhausted
    }

    package static func accept(_ listener: Int32) -> AcceptOutcome {
        var storage = sockaddr_storage()
        var size: socklen_t = 0
        let socket = unsafe hf_accept(listener, &storage, &size)
        guard socket < 0 else {
            let address = SocketAddress(storage, size: Int(size))
            if address.family != AF_UNIX { setNoDelay(socket) }
            return .accepted(socket, address)
        }
        switch errno {
        case EAGAIN: return .wouldBlock
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
        default: return .peerGone
        }
    }

    package enum ReadStep {
        case bytes(Int)
        case wouldBlock
        case end
        case failed
    }

    package static func read(_ socket: Int32, into room: UnsafeMutableRawBufferPointer) -> ReadStep
    {
        while true {
            let size = unsafe recv(socket, room.baseAddress, room.count, 0)
            if size > 0 { return .bytes(size) }
            if size == 0 { return .end }
            if errno == EINTR { continue }
            return errno == EAGAIN ? .wouldBlock : .failed
        }
    }

    /// Bytes written, or `nil` when the socket is broken; 0 when it takes nothing now.
    package static func write(_ socket: Int32, _ bytes: UnsafeRawBufferPointer) -> Int? {
        while true {
            let flags = Int32(MSG_NOSIGNAL)
            let size = unsafe send(socket, bytes.baseAddress, bytes.count, flags)
            if size >= 0 { return size }
            if errno == EINTR { continue }
            return errno == EAGAIN ? 0 : nil
        }
    }

    /// The address a socket is bound to: which port was given for port 0.
    package static func localAddress(of socket: Int32) -> SocketAddress? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(socket, $0, &size)
            }
        }
        return result == 0 ? SocketAddress(storage, size: Int(size)) : nil
    }

    /// Tells the peer that nothing more comes, without closing.
    package static func shutdownWrite(_ socket: Int32) {
        _ = Glibc.shutdown(socket, Int32(SHUT_WR))
    }

    /// Has a listening socket refuse callers, those in its queue included, while it stays open.
    package static func stopListening(_ socket: Int32) {
        _ = Glibc.shutdown(socket, Int32(SHUT_RDWR))
    }

    /// Closes so that the peer is reset at once and nothing lingers in the kernel.
    package static func abort(_ socket: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(
            socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        Glibc.close(socket)
    }

    package static func close(_ socket: Int32) {
        Glibc.close(socket)
    }

    private static func setNoDelay(_ socket: Int32) {
        set(socket, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    }

    private static func open(_ family: Int32) throws(SystemError) -> Descriptor {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let number = socket(family, type, 0)
        guard number >= 0 else { throw .last("socket") }
        return Descriptor(owning: number)
    }

    private static func set(_ socket: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        unsafe setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}

internal import Glibc

/// Where a socket listens or connects: a resolved address, or a path of a Unix socket.
package struct SocketAddress: Equatable, Sendable, CustomStringConvertible {
    private var bytes: [UInt8]

    init(_ storage: sockaddr_storage, size: Int) {
        bytes = unsafe withUnsafeBytes(of: storage) { raw in
            unsafe Array(raw.prefix(min(size, MemoryLayout<sockaddr_storage>.size)))
        }
    }

    var family: Int32 {
        guard bytes.count >= 2 else { return AF_UNSPEC }
        return Int32(UInt16(bytes[0]) | UInt16(bytes[1]) << 8)
    }

    func withSockAddress<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var storage = sockaddr_storage()
        unsafe withUnsafeMutableBytes(of: &storage) { raw in
            unsafe bytes.withUnsafeBytes { unsafe raw.copyMemory(from: $0) }
        }
        let size = socklen_t(bytes.count)
        return unsafe withUnsafePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, size)
            }
        }
    }

    package var port: Int {
        guard family == AF_INET || family == AF_INET6, bytes.count >= 4 else { return 0 }
        return Int(bytes[2]) << 8 | Int(bytes[3])
    }

    /// The address alone, for limits per address.
    package var host: String {
        switch family {
        case AF_INET where bytes.count >= 8:
            return bytes[4..<8].map(String.init).joined(separator: ".")
        case AF_INET6 where bytes.count >= 24:
            var text = [CChar](repeating: 0, count: 64)
            let shown = unsafe bytes.withUnsafeBytes { raw in
                unsafe inet_ntop(AF_INET6, raw.baseAddress.map { unsafe $0 + 8 }, &text, 64) != nil
            }
            guard shown else { return "?" }
            return String(
                decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        case AF_UNIX:
            let path = bytes.dropFirst(2).prefix { $0 != 0 }
            return path.isEmpty ? "unix" : "unix:" + String(decoding: path, as: UTF8.self)
        default:
            return "?"
        }
    }

    package var description: String {
        switch family {
        case AF_INET: "\(host):\(port)"
        case AF_INET6: "[\(host)]:\(port)"
        default: host
        }
    }

    /// A Unix socket's path.
    package static func unix(path: String) throws(SystemError) -> SocketAddress {
        let utf8 = Array(path.utf8)
        guard !utf8.isEmpty, utf8.count < 107, !utf8.contains(0) else {
            throw SystemError("unix socket path", code: ENAMETOOLONG)
        }
        var address = SocketAddress(sockaddr_storage(), size: 0)
        address.bytes = [UInt8(AF_UNIX), 0] + utf8 + [0]
        return address
    }

    /// Looks up a name or reads an address. May wait for the name service: never on a loop.
    package static func resolve(
        host: String, port: Int, passive: Bool = false
    ) throws(ResolveError) -> [SocketAddress] {
        try lookUp(host: host, port: port, flags: passive ? AI_PASSIVE : AI_ADDRCONFIG)
    }

    /// The address that `host` spells, if it is one and not a name. Never waits.
    package static func numeric(host: String, port: Int) -> SocketAddress? {
        try? lookUp(host: host, port: port, flags: AI_NUMERICHOST).first
    }

    private static func lookUp(
        host: String, port: Int, flags: Int32
    ) throws(ResolveError) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = flags
        var list: UnsafeMutablePointer<addrinfo>?
        let result = unsafe getaddrinfo(host.isEmpty ? nil : host, String(port), &hints, &list)
        guard result == 0 else {
            let text = unsafe gai_strerror(result).map { unsafe String(cString: $0) }
            throw ResolveError(host: host, text: text ?? "error \(result)")
        }
        defer { if let list = unsafe list { unsafe freeaddrinfo(list) } }
        var found: [SocketAddress] = []
        var entry = unsafe list
        while let current = unsafe entry {
            if let address = unsafe current.pointee.ai_addr {
                let size = unsafe Int(current.pointee.ai_addrlen)
                var storage = sockaddr_storage()
                unsafe withUnsafeMutableBytes(of: &storage) { raw in
                    unsafe raw.copyMemory(
                        from: UnsafeRawBufferPointer(start: address, count: min(size, raw.count)))
                }
                found.append(SocketAddress(storage, size: size))
            }
            unsafe entry = current.pointee.ai_next
        }
        return found
    }
}

/// A host name that leads nowhere.
package struct ResolveError: Error, Sendable, CustomStringConvertible {
    package let host: String
    package let text: String

    package var description: String { "cannot resolve \"\(host)\": \(text)" }
}

/// Where a Redis node is, as the configuration writes it.
package struct NodeAddress: Hashable, Sendable, CustomStringConvertible {
    package enum Place: Hashable, Sendable {
        case host(String, port: UInt16)
        /// The path of a Unix socket.
        case unix(String)
    }

    package let place: Place
    package let usesTLS: Bool

    /// What a text must look like.
    package static let form =
        "\"host:port\", \"tls://host:port\" or \"unix:/path\", as in \"127.0.0.1:6379\""

    /// Longest path that the system takes for a Unix socket.
    private static let pathBytesMax = 106

    package init(place: Place, usesTLS: Bool) {
        self.place = place
        self.usesTLS = usesTLS
    }

    /// Reads an address; nil when it is none.
    package init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), path.utf8.count <= Self.pathBytesMax,
                !path.utf8.contains(0)
            else { return nil }
            self.init(place: .unix(path), usesTLS: false)
            return
        }
        let usesTLS = text.hasPrefix("tls://")
        guard let address = ListenAddress(usesTLS ? String(text.dropFirst(6)) : text),
            address.port != 0
        else { return nil }
        self.init(place: .host(address.host, port: address.port), usesTLS: usesTLS)
    }

    /// The form that is read back as the same address.
    package var description: String {
        switch place {
        case .unix(let path): "unix:\(path)"
        case .host(let host, let port):
            (usesTLS ? "tls://" : "") + ListenAddress(host: host, port: port).description
        }
    }

    /// The name that the node's certificate must bear, unless another is configured.
    package var host: String {
        switch place {
        case .host(let host, _): host
        case .unix: ""
        }
    }
}

/// Where a server is: a host name or address, and a port.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// Name or address, without brackets.
    public var host: String
    /// 1 to 65535; 0 only for listening on any free port.
    public var port: Int

    /// An endpoint.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads "host:port", "127.0.0.1:7420" or "[::1]:7420".
    public init(_ text: String) throws(EndpointError) {
        guard let colon = text.lastIndex(of: ":") else { throw EndpointError(text: text) }
        var host = text[..<colon]
        guard let port = Int(text[text.index(after: colon)...]), (0...65535).contains(port) else {
            throw EndpointError(text: text)
        }
        if host.first == "[" {
            guard host.last == "]" else { throw EndpointError(text: text) }
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw EndpointError(text: text)
        }
        self.host = String(host)
        self.port = port
    }

    /// As it is read.
    public var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// A text that is no endpoint.
public struct EndpointError: Error, Sendable, CustomStringConvertible {
    /// The text.
    public let text: String

    /// What was wrong and what would be right.
    public var description: String {
        "\"\(text)\" is not an address: write host:port, for example 127.0.0.1:7420 or [::1]:7420"
    }
}

internal import HoldfastBase
internal import HoldfastSettings

/// Where to listen: a host, which may be a name, and a port.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// "127.0.0.1", "::1" (without brackets) or a name.
    package let host: String
    /// 0 lets the system choose.
    package let port: UInt16

    /// Makes an address.
    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// What a text must look like.
    static let form = "host:port, as in \"127.0.0.1:7420\" or \"[::1]:7420\""

    /// Reads "host:port" or "[v6]:port"; nil when it is neither.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"),
            let port = TomlScanner.integer(String(text[text.index(after: colon)...])),
            let port = UInt16(exactly: port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || ":.%".contains($0) })
            else { return nil }
        } else if host.contains(":") || !host.utf8.allSatisfy(Self.isNameByte) {
            return nil
        }
        guard !host.isEmpty, host.utf8.count <= 253 else { return nil }
        self.init(host: String(host), port: port)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        let scalar = Unicode.Scalar(byte)
        return scalar.properties.isASCIIHexDigit || scalar.properties.isAlphabetic && byte < 0x80
            || ".-_".utf8.contains(byte)
    }

    /// The form that is read back as the same address.
    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// Whether only this machine can reach it.
    package var isLoopback: Bool {
        host == "localhost" || host == "::1"
            || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }
}

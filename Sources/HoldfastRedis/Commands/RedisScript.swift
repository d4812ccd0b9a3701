internal import HoldfastBase

/// A script as a node knows it: by the digest of its text.
///
/// Two versions of one script have different digests and live side by side on a node, so servers of
/// two versions do not disturb each other.
package struct RedisScript: Sendable {
    /// For people: in logs and messages.
    package let name: String
    package let source: String
    /// SHA-1 of the source, 40 hexadecimal digits.
    package let digest: String
    /// The first two words of a call, `EVALSHA` and the digest, as they are written.
    let callPrefix: [UInt8]

    /// Bytes of `callPrefix`, the same for every script.
    static let callPrefixBytes = 13 + 5 + 42

    package init(name: String, source: String) {
        self.name = name
        self.source = source
        digest = SHA1.hexadecimal(of: Array(source.utf8))
        callPrefix = Array("$7\r\nEVALSHA\r\n$40\r\n\(digest)\r\n".utf8)
    }
}

/// The serial number of a certificate, at most the 20 octets of RFC 5280, without memory of its own:
/// every connection keeps one.
package struct CertificateSerial: Hashable, Sendable, CustomStringConvertible {
    private var words: (UInt64, UInt64, UInt32) = (0, 0, 0)
    private var count: UInt8 = 0

    init(_ octets: Span<UInt8>) {
        for index in 0..<min(octets.count, TLSLimits.serialBytesMax) {
            set(octets[index], at: index)
        }
        count = UInt8(min(octets.count, TLSLimits.serialBytesMax))
    }

    private mutating func set(_ octet: UInt8, at index: Int) {
        switch index {
        case 0..<8: words.0 |= UInt64(octet) << UInt64(index * 8)
        case 8..<16: words.1 |= UInt64(octet) << UInt64((index - 8) * 8)
        default: words.2 |= UInt32(octet) << UInt32((index - 16) * 8)
        }
    }

    private func octet(at index: Int) -> UInt8 {
        switch index {
        case 0..<8: UInt8(truncatingIfNeeded: words.0 >> UInt64(index * 8))
        case 8..<16: UInt8(truncatingIfNeeded: words.1 >> UInt64((index - 8) * 8))
        default: UInt8(truncatingIfNeeded: words.2 >> UInt32((index - 16) * 8))
        }
    }

    package static func == (left: CertificateSerial, right: CertificateSerial) -> Bool {
        left.words == right.words && left.count == right.count
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(count)
    }

    /// Hexadecimal, two digits an octet.
    package var description: String {
        (0..<Int(count)).map { index in
            let digits = String(octet(at: index), radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}

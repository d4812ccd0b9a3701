internal import COpenSSL

/// Where certificates or a key come from: a file, or bytes that are already in memory.
package enum PEMSource: Hashable, Sendable {
    /// A file, read when the context is built.
    case file(String)
    /// PEM text; the label stands in messages where a path would.
    case bytes([UInt8], label: String)

    /// What messages call it.
    package var label: String {
        switch self {
        case .file(let path): path
        case .bytes(_, let label): label
        }
    }

    func read() throws(TLSError) -> [UInt8] {
        switch self {
        case .file(let path):
            return try SystemFile.read(path, bytesMax: TLSLimits.pemFileBytesMax)
        case .bytes(let bytes, let label):
            guard bytes.count <= TLSLimits.pemFileBytesMax else {
                throw TLSError(.fileTooLarge, "\(label) is too large to be PEM.")
            }
            return bytes
        }
    }
}

internal import COpenSSL

/// Owner of a private key.
@safe
final class PrivateKey {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe EVP_PKEY_free(pointer)
    }

    /// A new ECDSA key on P-256.
    static func generate() throws(TLSError) -> PrivateKey {
        OpenSSLErrors.clear()
        guard let pointer = unsafe hf_new_p256_key() else {
            throw TLSError.library("make a key")
        }
        return unsafe PrivateKey(owning: pointer)
    }

    /// The key in a PEM file. A passphrase is never asked for: a server starts without a person.
    static func read(_ source: PEMSource) throws(TLSError) -> PrivateKey {
        var bytes = try source.read()
        defer { SystemFile.wipe(&bytes) }
        guard !isEncrypted(bytes) else {
            throw TLSError(
                .keyEncrypted,
                "The private key in \(source.label) has a passphrase: remove it with "
                    + "'openssl pkey -in KEY -out NEW' and protect the file by its permissions.")
        }
        let bio = try MemoryBIO(bytes)
        OpenSSLErrors.clear()
        // Without a callback of ours OpenSSL would ask on the terminal.
        let found = unsafe PEM_read_bio_PrivateKey(bio.pointer, nil, { _, _, _, _ in -1 }, nil)
        guard let pointer = unsafe found else {
            throw TLSError(
                .notPEM,
                "There is no private key in \(source.label): it must hold a PEM block "
                    + "'BEGIN PRIVATE KEY'.",
                detail: OpenSSLErrors.drain())
        }
        let key = unsafe PrivateKey(owning: pointer)
        guard !key.isTooLarge else {
            throw TLSError(
                .keyUnsuitable,
                "The RSA key in \(source.label) is longer than \(TLSLimits.rsaKeyBitsMax) bits: "
                    + "use ECDSA P-256.")
        }
        return key
    }

    private var isTooLarge: Bool {
        unsafe EVP_PKEY_get_base_id(pointer) == EVP_PKEY_RSA
            && EVP_PKEY_get_bits(pointer) > TLSLimits.rsaKeyBitsMax
    }

    /// The key as PEM text (PKCS #8, without passphrase).
    func pem() throws(TLSError) -> [UInt8] {
        let bio = try MemoryBIO()
        OpenSSLErrors.clear()
        guard unsafe PEM_write_bio_PrivateKey(bio.pointer, pointer, nil, nil, 0, nil, nil) == 1
        else {
            throw TLSError.library("write a key")
        }
        return bio.bytes
    }

    /// Both ways of writing an encrypted key say so in their headers.
    private static func isEncrypted(_ pem: [UInt8]) -> Bool {
        let word: [UInt8] = Array("ENCRYPTED".utf8)
        guard pem.count >= word.count else { return false }
        for start in 0...(pem.count - word.count) where pem[start] == word[0] {
            if pem[start..<(start + word.count)].elementsEqual(word) { return true }
        }
        return false
    }
}

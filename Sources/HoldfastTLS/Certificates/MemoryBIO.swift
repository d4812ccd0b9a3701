internal import COpenSSL

/// Owner of an OpenSSL memory BIO: how PEM text gets in and out.
///
/// OpenSSL overwrites the memory when it frees it, so a key may pass through.
@safe
struct MemoryBIO: ~Copyable {
    let pointer: OpaquePointer

    /// Holds a copy of `bytes`.
    init(_ bytes: [UInt8] = []) throws(TLSError) {
        OpenSSLErrors.clear()
        guard let pointer = unsafe BIO_new(BIO_s_mem()) else {
            throw TLSError.library("allocate memory")
        }
        let written = unsafe bytes.withUnsafeBytes { buffer in
            unsafe BIO_write(pointer, buffer.baseAddress, Int32(buffer.count))
        }
        guard bytes.isEmpty || written == bytes.count else {
            unsafe BIO_free_all(pointer)
            throw TLSError.library("allocate memory")
        }
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe BIO_free_all(pointer)
    }

    /// A copy of what has been written.
    var bytes: [UInt8] {
        var start: UnsafePointer<UInt8>?
        let count = unsafe hf_bio_bytes(pointer, &start)
        guard count > 0, let start = unsafe start else { return [] }
        return unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    }
}

internal import Glibc

/// The few file operations that certificates need.
///
/// They are here and not in HoldfastSystem because targets of one rank never import each other.
enum SystemFile {
    /// The whole file; an error when it is longer than `bytesMax`.
    static func read(_ path: String, bytesMax: Int) throws(TLSError) -> [UInt8] {
        // Without waiting: a pipe would hold up whoever reads it, and reloads share a thread with the
        // probes and the signals.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw TLSError(
                .fileUnreadable, "Cannot read \(path): check the path and its permissions.",
                detail: systemText(errno))
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFIFO else {
            // What it has is read more than once.
            throw TLSError(
                .fileUnreadable, "Cannot read \(path): it must be a regular file.",
                detail: "a pipe")
        }
        var bytes: [UInt8] = []
        // Room for any key, so that growing leaves no copy of it behind.
        bytes.reserveCapacity(16 * 1024)
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        // The chunk may have held a private key.
        defer { wipe(&chunk) }
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            }
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw TLSError(
                    .fileUnreadable, "Cannot read \(path): it must be a regular file.",
                    detail: systemText(errno))
            }
            guard bytes.count + count <= bytesMax else {
                throw TLSError(
                    .fileTooLarge, "\(path) is larger than \(bytesMax) bytes: not a PEM file.")
            }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// Whether there is anything of that name.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }

    /// Overwrites bytes that held a secret.
    static func wipe(_ bytes: inout [UInt8]) {
        unsafe bytes.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe explicit_bzero(base, buffer.count)
        }
    }

    /// The system's words for an errno.
    static func systemText(_ code: Int32) -> String {
        guard let words = unsafe strerror(code) else { return "errno \(code)" }
        return unsafe String(cString: words)
    }
}

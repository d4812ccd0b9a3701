internal import Glibc

extension SystemFile {
    /// Writes a file so that a reader sees the old one or the new one, whole: a temporary file
    /// in the same directory, then a rename. `mode` holds from the first byte on.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(TLSError) {
        let temporary = "\(path).\(getpid()).new"
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
        unsafe unlink(temporary)
        let descriptor = unsafe open(temporary, flags | O_EXCL, mode)
        guard descriptor >= 0 else { throw unwritable(temporary) }
        do throws(TLSError) {
            defer { close(descriptor) }
            try writeAll(bytes, descriptor, temporary)
            guard fsync(descriptor) == 0 else { throw unwritable(temporary) }
        } catch {
            unsafe unlink(temporary)
            throw error
        }
        guard unsafe rename(temporary, path) == 0 else {
            let error = unwritable(path)
            unsafe unlink(temporary)
            throw error
        }
    }

    private static func writeAll(
        _ bytes: [UInt8], _ descriptor: Int32, _ path: String
    ) throws(TLSError) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
                return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw unwritable(path) }
            written += count
        }
    }

    /// Gives a file the name with `.old` behind it, which the one put aside before it loses.
    ///
    /// - Returns: the new name; `nil` when there is no such file.
    static func putAside(_ path: String) throws(TLSError) -> String? {
        let aside = path + ".old"
        if unsafe rename(path, aside) == 0 { return aside }
        guard errno == ENOENT else { throw unwritable(aside) }
        return nil
    }

    /// Makes the directory and those above it, for the owner alone, and refuses one that
    /// somebody else could put files into.
    static func makePrivateDirectory(_ path: String) throws(TLSError) {
        var prefix = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: false) {
            prefix += prefix.isEmpty && part.isEmpty ? "/" : "\(part)/"
            guard !part.isEmpty else { continue }
            guard unsafe mkdir(prefix, 0o700) == 0 || errno == EEXIST else {
                throw unwritable(path)
            }
        }
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw unwritable(path) }
        guard status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
            throw TLSError(
                .fileUnwritable,
                "The directory \(path) belongs to, or can be written by, somebody else: choose "
                    + "one of your own for private keys.")
        }
    }

    /// Runs `body` while no other process does the same for this file.
    static func withLock<Value>(
        _ path: String, _ body: () throws(TLSError) -> Value
    ) throws(TLSError) -> Value {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw unwritable(path) }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw unwritable(path) }
        }
        return try body()
    }

    private static func unwritable(_ path: String) -> TLSError {
        TLSError(
            .fileUnwritable, "Cannot write \(path): check the path and its permissions.",
            detail: systemText(errno))
    }
}

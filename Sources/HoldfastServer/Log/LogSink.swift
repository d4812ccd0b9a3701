import Glibc

/// Where log lines go: takes bytes without waiting, and says how many it took.
package struct LogSink: Sendable {
    /// What became of a write.
    package enum OnWrite: Hashable, Sendable {
        /// This many bytes were taken, at least one.
        case wrote(Int)
        /// Nothing can be taken now.
        case full
        /// Nothing can be taken ever.
        case broken
    }

    let write: @Sendable (ArraySlice<UInt8>) -> OnWrite

    /// A sink that does `write`; tests capture lines with it.
    package init(_ write: @escaping @Sendable (ArraySlice<UInt8>) -> OnWrite) {
        self.write = write
    }

    /// Writes to `descriptor`.
    ///
    /// The descriptor may be in blocking mode and shared with other processes, so its flags are not
    /// touched. `poll` calls a pipe writable only when a page is free, and a write of at most a page
    /// then does not wait.
    package static func descriptor(_ descriptor: Int32) -> LogSink {
        LogSink { bytes in
            var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard unsafe poll(&request, 1, 0) == 1 else { return .full }
            let page = bytes.prefix(4096)
            let count = unsafe page.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
            }
            if count > 0 { return .wrote(count) }
            return count < 0 && (errno == EAGAIN || errno == EINTR) ? .full : .broken
        }
    }
}

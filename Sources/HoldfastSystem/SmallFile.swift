internal import Glibc
internal import HoldfastBase

/// Reads configuration and policy files: whole, and with a bound on bytes and on time.
package enum SmallFile {
    /// How long what writes into a pipe may take.
    private static let patience = Interval.seconds(5)

    /// The bytes of the file; an error when there are more than `bytesMax`.
    package static func read(_ path: String, bytesMax: Int) throws(FileError) -> [UInt8] {
        // Without waiting, for the sake of pipes: nothing ends a program that waits for a writer, since
        // signals are taken up later.
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw FileError(path: path, code: errno) }
        defer { close(file) }
        let end = Clocks.now() + patience
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16384)
        while true {
            let size = unsafe Glibc.read(file, &part, part.count)
            guard size >= 0 else {
                guard errno == EAGAIN || errno == EINTR else {
                    throw FileError(path: path, code: errno)
                }
                try wait(for: file, until: end, path)
                continue
            }
            if size == 0 {
                guard !bytes.isEmpty || !isPipe(file) else {
                    throw FileError(path: path, problem: "nothing was written into this pipe")
                }
                return bytes
            }
            bytes += part.prefix(size)
            guard bytes.count <= bytesMax else {
                let most = Quantity.text(bytes: Int64(bytesMax))
                throw FileError(path: path, problem: "it is larger than \(most)")
            }
        }
    }

    /// All that comes by standard input, however long that takes; an error when there are more than
    /// `bytesMax`, or when `isOver` says so.
    package static func readStandardInput(
        bytesMax: Int, isOver: () -> Bool
    ) throws(FileError) -> [UInt8] {
        let path = "standard input"
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16384)
        while true {
            var entry = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&entry, 1, 100)
            if isOver() { throw FileError(path: path, code: EINTR) }
            guard ready > 0 else { continue }
            let size = unsafe Glibc.read(STDIN_FILENO, &part, part.count)
            guard size >= 0 else {
                if errno == EAGAIN || errno == EINTR { continue }
                throw FileError(path: path, code: errno)
            }
            if size == 0 { return bytes }
            bytes += part.prefix(size)
            guard bytes.count <= bytesMax else {
                let most = Quantity.text(bytes: Int64(bytesMax))
                throw FileError(path: path, problem: "there is more than \(most)")
            }
        }
    }

    private static func wait(
        for file: Int32, until end: Instant, _ path: String
    ) throws(FileError) {
        let left = (end - Clocks.now()).nanoseconds / 1_000_000
        guard left > 0 else {
            throw FileError(path: path, problem: "what writes into this pipe takes too long")
        }
        var entry = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&entry, 1, Int32(clamping: left))
    }

    private static func isPipe(_ file: Int32) -> Bool {
        var status = stat()
        return unsafe fstat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
    }
}

/// A file that cannot be read.
package struct FileError: Error, CustomStringConvertible {
    package let path: String
    package let problem: String
    /// There is no file of that name.
    package let isMissing: Bool

    init(path: String, problem: String) {
        self.path = path
        self.problem = problem
        isMissing = false
    }

    init(path: String, code: Int32) {
        self.path = path
        problem = SystemError("", code: code).text
        isMissing = code == ENOENT
    }

    package var description: String { "cannot read \(path): \(problem)" }
}

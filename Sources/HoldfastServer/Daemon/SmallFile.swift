internal import Glibc
internal import HoldfastBase
internal import HoldfastSystem

/// Reads configuration and policy files: whole, and with a bound on bytes and on time.
enum SmallFile {
    /// How long what writes into a pipe may take.
    private static let patience = Interval.seconds(5)

    static func read(_ path: String, bytesMax: Int) throws(FileError) -> [UInt8] {
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
struct FileError: Error, CustomStringConvertible {
    let path: String
    let problem: String

    init(path: String, problem: String) {
        self.path = path
        self.problem = problem
    }

    init(path: String, code: Int32) {
        self.init(path: path, problem: SystemError("", code: code).text)
    }

    var description: String { "cannot read \(path): \(problem)" }
}

/// What a setting asks for and the system refuses: two listeners fail with the same words.
struct SettingError: Error, CustomStringConvertible {
    let setting: String
    let error: any Error

    var description: String { "\(setting): \(error)" }
}

/// The directory in which a server keeps what it makes.
enum DataDirectory {
    static func make(_ path: String) throws(SystemError) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw SystemError("cannot make the data directory \(path)", code: errno)
        }
    }
}

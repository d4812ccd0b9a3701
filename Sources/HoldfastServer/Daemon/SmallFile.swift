internal import Glibc
internal import HoldfastSystem

/// Reads configuration and policy files: whole, and with a bound.
enum SmallFile {
    static func read(_ path: String, bytesMax: Int) throws(FileError) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw FileError(path: path, code: errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16384)
        while true {
            let size = unsafe Glibc.read(file, &part, part.count)
            guard size >= 0 else { throw FileError(path: path, code: errno) }
            if size == 0 { return bytes }
            bytes += part.prefix(size)
            guard bytes.count <= bytesMax else { throw FileError(path: path, code: EFBIG) }
        }
    }
}

/// A file that cannot be read.
struct FileError: Error, CustomStringConvertible {
    let path: String
    let code: Int32

    var description: String {
        "cannot read \(path): \(SystemError("", code: code).text)"
    }
}

/// The directory in which a server keeps what it makes.
enum DataDirectory {
    static func make(_ path: String) throws(SystemError) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw SystemError("cannot make the data directory \(path)", code: errno)
        }
    }
}

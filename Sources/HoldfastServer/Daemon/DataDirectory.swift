internal import Glibc
internal import HoldfastSystem

/// The directory in which a server keeps what it makes.
enum DataDirectory {
    static func make(_ path: String) throws(SystemError) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw SystemError("cannot make the data directory \(path)", code: errno)
        }
    }
}

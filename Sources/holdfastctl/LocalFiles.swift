import Glibc
import HoldfastControl
import HoldfastSystem

/// The files of this machine.
enum LocalFiles {
    private static let bytesMax = 16 << 20

    static var access: FileAccess {
        FileAccess(
            read: { path in
                do throws(FileError) {
                    guard path == "-" else { return try SmallFile.read(path, bytesMax: bytesMax) }
                    return try SmallFile.readStandardInput(
                        bytesMax: bytesMax, isOver: { Task.isCancelled })
                } catch {
                    if error.isMissing { return nil }
                    throw error
                }
            }, write: write, workingDirectory: workingDirectory)
    }

    private static var workingDirectory: String {
        guard let text = unsafe getcwd(nil, 0) else { return "." }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    /// A reader sees the old file or the new one, whole.
    @Sendable
    private static func write(_ path: String, _ bytes: [UInt8]) throws {
        if let slash = path.lastIndex(of: "/") { makeFolders(String(path[..<slash])) }
        // What is a link stays one: the file it leads to is replaced.
        let place: String
        if let resolved = unsafe realpath(path, nil) {
            place = unsafe String(cString: resolved)
            unsafe free(resolved)
        } else {
            place = path
        }
        let temporary = "\(place).\(getpid()).new"
        let file = unsafe open(
            temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw SystemError("cannot write \(temporary)", code: errno) }
        var rest = bytes[...]
        var code: Int32 = 0
        while !rest.isEmpty, code == 0 {
            let size = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(file, $0.baseAddress, $0.count)
            }
            if size > 0 { rest = rest.dropFirst(size) } else if errno != EINTR { code = errno }
        }
        if code == 0, fsync(file) != 0 { code = errno }
        close(file)
        if code == 0, unsafe rename(temporary, place) != 0 { code = errno }
        guard code == 0 else {
            unsafe unlink(temporary)
            throw SystemError("cannot write \(path)", code: code)
        }
    }

    /// What cannot be made is told by what is to be put into it.
    private static func makeFolders(_ path: String) {
        var prefix = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: false) {
            prefix += prefix.isEmpty && part.isEmpty ? "/" : "\(part)/"
            if !part.isEmpty { _ = unsafe mkdir(prefix, 0o700) }
        }
    }
}

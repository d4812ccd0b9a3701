// Not for OpenSSL: with whole-module optimisation the compiler takes `timespec`, which both
// modules' headers include, to be COpenSSL's.
internal import COpenSSL
internal import Glibc

/// What tells a changed file from an unchanged one without reading it.
///
/// Symbolic links are followed, so the swap by which Kubernetes updates a mounted secret (a link
/// to a directory is replaced, the files in both are alike in size and age) shows in the inode; so do
/// new permissions, which may be what a file that could not be read was waiting for.
struct FileStamp: Hashable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let seconds: Int64
    private let nanoseconds: Int64
    private let changedSeconds: Int64
    private let changedNanoseconds: Int64

    /// `nil` when there is no such file.
    init?(_ path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        seconds = Int64(status.st_mtim.tv_sec)
        nanoseconds = Int64(status.st_mtim.tv_nsec)
        changedSeconds = Int64(status.st_ctim.tv_sec)
        changedNanoseconds = Int64(status.st_ctim.tv_nsec)
    }
}

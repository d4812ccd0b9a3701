import Glibc

/// A directory of one test, removed with the value.
final class Folder {
    let path: String

    init() {
        var template = Array("/tmp/holdfast-tls-XXXXXX".utf8CString)
        let made = unsafe mkdtemp(&template)
        precondition(unsafe made != nil)
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        _ = unsafe system("rm -rf '\(path)'")
    }

    subscript(name: String) -> String { "\(path)/\(name)" }

    func write(_ name: String, _ bytes: [UInt8]) {
        let file = unsafe fopen(self[name], "w")
        precondition(unsafe file != nil)
        let count = unsafe fwrite(bytes, 1, bytes.count, file)
        precondition(count == bytes.count)
        unsafe fclose(file)
    }

    func makeDirectory(_ name: String) {
        let result = unsafe mkdir(self[name], 0o700)
        precondition(result == 0)
    }

    /// Makes `name` a link to `target`, atomically also when it is one already.
    func link(_ name: String, to target: String) {
        let result = unsafe symlink(target, self["next"])
        precondition(result == 0)
        let renamed = unsafe rename(self["next"], self[name])
        precondition(renamed == 0)
    }

    /// Copies a directory with the ages of its files.
    func copy(_ name: String, to other: String) {
        let status = unsafe system("cp -rp '\(self[name])' '\(self[other])'")
        precondition(status == 0)
    }

    func mode(_ name: String) -> UInt32 {
        var status = stat()
        unsafe stat(self[name], &status)
        return status.st_mode & 0o7777
    }

    func makePipe(_ name: String) {
        let result = unsafe mkfifo(self[name], 0o600)
        precondition(result == 0)
    }

    func setMode(_ name: String, _ mode: mode_t) {
        let result = unsafe chmod(self[name], mode)
        precondition(result == 0)
    }
}

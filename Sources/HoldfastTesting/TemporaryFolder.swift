internal import Glibc
internal import Holdfast

/// A folder that is removed with what is in it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/holdfast-testing-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw HoldfastError(.internal, "no folder can be made in \(base)")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { remove() }

    func remove() { Self.remove(path, depth: 0) }

    /// Certificates lie one folder deep.
    private static func remove(_ path: String, depth: Int) {
        if depth < 4, let folder = unsafe opendir(path) {
            while let entry = unsafe readdir(folder) {
                let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                        unsafe String(cString: $0)
                    }
                }
                guard name != ".", name != ".." else { continue }
                let child = "\(path)/\(name)"
                if unsafe entry.pointee.d_type == DT_DIR {
                    remove(child, depth: depth + 1)
                } else {
                    unsafe unlink(child)
                }
            }
            unsafe closedir(folder)
        }
        unsafe rmdir(path)
    }
}

import Foundation

/// A directory of one test, removed with the value.
final class Folder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/holdfast-process-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw Failure("no temporary directory") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    subscript(name: String) -> String { "\(path)/\(name)" }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: self[name]), options: .atomic)
        return self[name]
    }

    func read(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: self[name]) ?? Data(), as: UTF8.self)
    }

    func makeDirectory(_ name: String) throws {
        try FileManager.default.createDirectory(
            atPath: self[name], withIntermediateDirectories: true)
    }

    /// Makes `name` a link to `target`, atomically also when it is one already.
    func link(_ name: String, to target: String) throws {
        guard unsafe symlink(target, self["next"]) == 0,
            unsafe rename(self["next"], self[name]) == 0
        else { throw Failure("cannot link \(name)") }
    }
}

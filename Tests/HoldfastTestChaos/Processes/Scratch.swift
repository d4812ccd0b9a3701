import Foundation

/// A folder of one run, removed with the value unless it is to be kept.
package final class Scratch: Sendable {
    package let path: String
    private let isKept: Bool

    package init() throws {
        var template = Array("/tmp/holdfast-chaos-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw ChaosFailure("no temporary folder") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        isKept = false
    }

    /// A folder that stays, made where it is not there.
    package init(keptAt path: String) throws {
        self.path = path
        isKept = true
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        if !isKept { try? FileManager.default.removeItem(atPath: path) }
    }

    package subscript(name: String) -> String { "\(path)/\(name)" }

    package func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(
            atPath: self[name], withIntermediateDirectories: true)
    }

    package func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: self[name]))
    }

    package func read(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: self[name]) ?? Data(), as: UTF8.self)
    }
}

/// Where the repository is: its tools are used.
enum Checkout {
    static let path = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// What was built beside the program that runs, unless the environment names another.
    static func binary(_ name: String) -> String {
        let named = ProcessInfo.processInfo.environment["HOLDFAST_BIN"]
        if name == "holdfastd", let named { return named }
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: own ?? CommandLine.arguments[0])
            .deletingLastPathComponent().appendingPathComponent(name).path
    }
}

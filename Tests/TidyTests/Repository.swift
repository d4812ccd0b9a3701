import Foundation

/// The files of this repository that people write.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static let folders = [
        "Sources", "Tests", "proto", "docs", "tools", "certs", "Examples", ".ci",
    ]

    /// Everything that is text, with its path from the root.
    static func files() throws -> [SourceFile] {
        var paths = try FileManager.default.contentsOfDirectory(atPath: root.path)
            .filter { $0.hasSuffix(".md") || $0 == "Package.swift" }
        for folder in folders {
            let start = root.appending(path: folder).path
            guard let walk = FileManager.default.enumerator(atPath: start) else { continue }
            for case let path as String in walk {
                if path.contains(".build") || path.contains("__pycache__") { continue }
                paths.append("\(folder)/\(path)")
            }
        }
        return paths.sorted().compactMap { path in
            guard let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8)
            else { return nil }
            return SourceFile(path: path, text: text)
        }
    }
}

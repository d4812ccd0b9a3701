import Foundation

/// Real Redis nodes of one test, by `tools/redis-nodes`; ended with it.
final class NodeSet: Sendable {
    private static let tool = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("tools/redis-nodes").path

    let folder: Folder
    let addresses: [String]

    init(_ count: Int, _ options: String...) throws {
        folder = try Folder()
        let text = try Self.run(["start", "\(count)", "--dir", folder["nodes"]] + options)
        guard let line = text.split(separator: "\n").last(where: { $0.hasPrefix("redis.nodes = ") })
        else { throw Failure("no addresses: \(text)") }
        addresses = line.split(separator: "\"").filter { $0.contains(":") }.map(String.init)
        guard addresses.count == count else { throw Failure("not all nodes: \(text)") }
    }

    deinit {
        _ = try? Self.run(["stop", "--dir", folder["nodes"]])
    }

    /// The address list as the server's flag takes it.
    var flag: String { addresses.joined(separator: ",") }

    /// `kill`, `pause`, `resume`, `restart` or `wipe`, of a node counted from 0.
    func tell(_ command: String, _ node: Int) throws {
        _ = try Self.run([command, "\(node)", "--dir", folder["nodes"]])
    }

    @discardableResult
    private static func run(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", tool] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(text) }
        return text
    }
}

import Foundation
import HoldfastBase
import HoldfastNode
import HoldfastRedis
import HoldfastServer
import Testing

/// `tools/redis-nodes`: the addresses that it prints lead to nodes, and it breaks them as it says.
@Suite("tools/redis-nodes", .timeLimit(.minutes(8)), .serialized)
struct ToolTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private var path: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("tools/redis-nodes").path
    }

    @discardableResult
    private func tool(_ words: String...) throws -> (code: Int32, output: String) {
        try run(path, words + (words == ["--help"] ? [] : ["--dir", folder["n"]]))
    }

    private func addresses() throws -> [NodeAddress] {
        let status = try tool("status", "--json").output
        let parsed = try JSONSerialization.jsonObject(with: Data(status.utf8)) as? [String: Any]
        let nodes = parsed?["nodes"] as? [[String: Any]] ?? []
        return nodes.compactMap { $0["address"] as? String }.compactMap { NodeAddress($0) }
    }

    @Test("start, break and stop, over each kind of socket", arguments: ["tcp", "--unix", "--tls"])
    func life(_ kind: String) async throws {
        let begun = kind == "tcp" ? try tool("start", "2") : try tool("start", "2", kind)
        defer { _ = try? tool("stop") }
        try #require(begun.code == 0, "\(begun.output)")
        let found = try addresses()
        #expect(found.count == 2)
        let context =
            kind == "--tls"
            ? try NodeEndpoint.context(
                trustedCA: folder["n/tls/ca.pem"], certificate: folder["n/tls/client.pem"],
                key: folder["n/tls/client.key"]) : nil
        let probe = try Probe(NodeEndpoint(address: found[1], context: context)) { settings in
            settings.silenceMax = .seconds(4)
            settings.handshakeTimeout = .seconds(10)
        }
        let first = try await probe.ready()
        #expect(first.persistence == .always)
        #expect(try await probe.run(.write, key: "gate", "kept").text == "kept")
        try tool("pause", "1")
        _ = probe.begin(.echo, "x")
        try await probe.closed(.silent)
        try tool("resume", "1")
        #expect(try await probe.ready().runID == first.runID)
        try tool("restart", "1")
        let second = try await probe.ready()
        #expect(second.runID != first.runID && second.gate == Array("kept".utf8))
        try tool("wipe", "1")
        let third = try await probe.ready()
        #expect(third.runID != second.runID && third.gate == nil)
        try tool("kill", "1")
        _ = try await probe.closed()
        #expect(try tool("kill", "1").code == 1)
        #expect(try tool("logs", "0").output.contains("eady to accept connections"))
        // Counted as the server counts: two nodes are 0 and 1.
        let none = try tool("kill", "2")
        #expect(none.code == 1 && none.output.contains("nodes are 0 to 1"))
        #expect(try tool("stop").code == 0)
    }

    @Test("help comes without a build", arguments: ["chaos", "test-examples"])
    func helpIsThere(_ name: String) throws {
        let other = path.replacing("redis-nodes", with: name)
        let help = try run(
            "/usr/bin/env",
            ["PATH=/usr/bin:/bin", "HOLDFAST_CHAOS_BUILD=never", other, "--help"])
        #expect(help.code == 0 && help.output.hasPrefix("tools/\(name)"), "\(help.output)")
    }

    @Test("mistakes are told in words")
    func mistakes() throws {
        #expect(try tool("--help").code == 0)
        #expect(try tool("start", "0").code == 1)
        #expect(try tool("start", "1", "--base-port", "70000").code == 1)
        #expect(try tool("frobnicate").code == 2)
        let none = try tool("status")
        #expect(none.code == 1 && none.output.contains("tools/redis-nodes start"))
    }
}

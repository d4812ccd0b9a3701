import Foundation
import HoldfastBase

/// tools/tcp-proxy in front of a port.
package final class ProxyProcess: Sendable {
    package let port: Int
    private let control: Int
    private let process: OwnedProcess

    init(to target: Int, in scratch: Scratch) async throws {
        // Not by its target: each server has a proxy of its own to the same node.
        let output = scratch["proxy-\(UUID().uuidString).out"]
        process = try OwnedProcess(
            [
                Checkout.path + "/tools/tcp-proxy", "--listen", "127.0.0.1:0", "--target",
                "127.0.0.1:\(target)", "--control", "127.0.0.1:0",
            ], in: scratch.path, output: output)
        let process = process
        let ready: [String: Any] = try await eventually("the proxy is ready") {
            guard process.isRunning else { throw ChaosFailure("the proxy has ended") }
            let text = FileManager.default.contents(atPath: output) ?? Data()
            guard text.last == UInt8(ascii: "\n") else { return nil }
            return try? JSONSerialization.jsonObject(with: text) as? [String: Any]
        }
        port = Self.port(ready["listening"])
        control = Self.port(ready["control"])
    }

    private static func port(_ address: Any?) -> Int {
        (address as? String)?.split(separator: ":").last.flatMap { Int($0) } ?? 0
    }

    /// Has a command carried out; it is in force when this returns.
    package func tell(_ command: String) throws {
        let connection = try PlainConnection(port: control)
        try connection.send(Array(command.utf8) + [UInt8(ascii: "\n")])
        let answer = String(decoding: try connection.line(), as: UTF8.self)
        guard answer.contains("\"ok\": true") else {
            throw ChaosFailure("the proxy refuses \(command): \(answer)")
        }
    }

    package func heal() throws { try tell(#"{"do": "heal"}"#) }
}

import Foundation
import HoldfastBase
import HoldfastPolicy
import Synchronization
import Testing

@testable import HoldfastServer

/// A reload that began before a file was changed must not undo the one that read the change.
@Suite(.timeLimit(.minutes(5))) struct ConcurrentReloadTests {
    private struct NoConfiguration: Error {}

    private final class Flag: Sendable {
        private let state = Atomic<Bool>(false)
        var isSet: Bool { state.load(ordering: .relaxed) }
        func set() { state.store(true, ordering: .relaxed) }
    }

    /// Returns the digest of a policy that is long, so that reading it takes a while.
    private static func write(_ number: Int, to file: URL) throws -> [UInt8] {
        let lines = (0..<200).map { "role r\($0)x\(number) { allow echo.call on * }\n" }
        let text = Array(lines.joined().utf8)
        try Data(text).write(to: file, options: .atomic)
        return try Policy(text, file: "policy").digest
    }

    @Test func theLastPolicyStays() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("holdfast-reload-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("policy")
        var configuration = ServerConfiguration()
        configuration.listen = [ListenAddress(host: "127.0.0.1", port: 0)]
        configuration.dataDirectory = folder.path
        configuration.policyFile = file.path
        _ = try Self.write(0, to: file)
        let instance = try ServerInstance(configuration, logger: Capture().logger(level: .error)) {
            throw NoConfiguration()
        }
        let isDone = Flag()
        await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    while !isDone.isSet {
                        _ = instance.reloadAll()
                        // Other tests have their part of the processor.
                        try await Task.sleep(for: .microseconds(500))
                    }
                }
            }
            group.addTask {
                defer { isDone.set() }
                for number in 1..<40 {
                    let digest = try Self.write(number, to: file)
                    _ = instance.reloadAll()
                    for _ in 0..<5 {
                        #expect(instance.gate.policyDigest == digest)
                        try await Task.sleep(for: .milliseconds(1))
                    }
                }
            }
        }
    }
}

import Foundation
import Holdfast
import Testing

/// A manager's socket: what systemd would hear.
private final class Manager: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) {
            unsafe $0.copyBytes(from: path.utf8)
        }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw Failure("cannot bind \(path)") }
    }

    deinit { close(descriptor) }

    /// The next datagram.
    func next() async throws -> String {
        try await eventually("a word to the manager") {
            var bytes = [UInt8](repeating: 0, count: 4096)
            let size = unsafe recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            return size > 0 ? String(decoding: bytes.prefix(size), as: UTF8.self) : nil
        }
    }

    func next(containing words: String) async throws -> String {
        while true {
            let text = try await next()
            if text.contains(words) { return text }
        }
    }
}

@Suite struct NotifyTests {
    @Test func theManagerHearsEverything() async throws {
        let folder = try Folder()
        let manager = try Manager(folder["notify"])
        let environment = ["NOTIFY_SOCKET": folder["notify"], "WATCHDOG_USEC": "400000"]
        try await withDaemon(environment: environment, folder: folder) { daemon in
            let ready = try await manager.next(containing: "READY=1")
            #expect(ready.contains("STATUS=serving on 127.0.0.1:"))
            _ = try await manager.next(containing: "WATCHDOG=1")
            _ = try await manager.next(containing: "WATCHDOG=1")
            daemon.child.send(SIGHUP)
            let reloading = try await manager.next(containing: "RELOADING=1")
            #expect(reloading.contains("MONOTONIC_USEC="))
            _ = try await manager.next(containing: "READY=1")
            daemon.child.send(SIGTERM)
            _ = try await manager.next(containing: "STOPPING=1")
            #expect(try await daemon.child.ended() == .code(0))
        }
    }

    @Test func aDrainByCallIsTold() async throws {
        let folder = try Folder()
        let manager = try Manager(folder["notify"])
        try await withDaemon(environment: ["NOTIFY_SOCKET": folder["notify"]], folder: folder) {
            daemon in
            try await daemon.client(as: "admin") { client in
                _ = try await client.admin.drain(DrainRequest())
            }
            _ = try await manager.next(containing: "STOPPING=1")
            #expect(try await daemon.child.ended() == .code(0))
        }
    }

    /// READY after STOPPING would tell the manager that it serves again.
    @Test func noReloadWhileDraining() async throws {
        let folder = try Folder()
        let manager = try Manager(folder["notify"])
        try await withDaemon(environment: ["NOTIFY_SOCKET": folder["notify"]], folder: folder) {
            daemon in
            try await daemon.client { client in
                async let slow = client.echo.echo(EchoRequest(payload: [1], delayMs: 15_000))
                try await eventually("a call is open") {
                    try await daemon.metric("holdfast_rpc_streams_active") == 1
                }
                daemon.child.send(SIGTERM)
                _ = try await manager.next(containing: "STOPPING=1")
                daemon.child.send(SIGHUP)
                _ = try await slow
            }
            #expect(try await daemon.child.ended() == .code(0))
            #expect(daemon.lines("reloaded").isEmpty)
        }
    }
}

import Foundation
import HoldfastBase
import Synchronization

/// A redis-server on a port of its own that is killed, started again and emptied at will.
package final class RedisProcess: Sendable {
    package enum Persistence: String, Sendable {
        /// Writes through before it answers.
        case always
        case everySecond = "everysec"
        case none
    }

    package let number: Int
    package let port: Int
    let folder: String
    let persistence: Persistence
    private let hasClock: Bool
    private let diskBytes: Int?
    private let process = Mutex<OwnedProcess?>(nil)

    /// - Parameter diskBytes: gives it a disk of that size, which needs the right to mount one.
    init(
        _ number: Int, in folder: String, _ persistence: Persistence, hasClock: Bool,
        diskBytes: Int?
    ) throws {
        self.number = number
        self.folder = folder
        self.persistence = persistence
        self.hasClock = hasClock
        self.diskBytes = diskBytes
        port = try PlainConnection.freePort()
        try FileManager.default.createDirectory(
            atPath: folder + "/data", withIntermediateDirectories: true)
        if let diskBytes {
            try Self.run([
                "mount", "-t", "tmpfs", "-o", "size=\(diskBytes)", "holdfast-chaos",
                folder + "/data",
            ])
        }
        if hasClock { try setClock(seconds: 0) }
    }

    deinit {
        process.withLock { $0 = nil }
        if diskBytes != nil { try? Self.run(["umount", "-l", folder + "/data"]) }
    }

    /// Whether this user may make a small disk.
    package static let canMount: Bool = {
        let folder = "/tmp/holdfast-chaos-mount-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try run(["mount", "-t", "tmpfs", "-o", "size=65536", "holdfast-chaos", folder])
            try run(["umount", "-l", folder])
            return true
        } catch { return false }
    }()

    private static func run(_ words: [String]) throws {
        let child = try OwnedProcess(words, in: "/", output: "/dev/null")
        while child.isRunning { usleep(1000) }
        guard child.poll() == .code(0) else { throw ChaosFailure("\(words[0]) failed") }
    }

    // MARK: Its life

    package var isRunning: Bool { process.withLock { $0?.isRunning ?? false } }

    package func start() async throws {
        var words = [
            "redis-server", "--bind", "127.0.0.1", "--port", "\(port)", "--save", "", "--dir",
            folder + "/data", "--logfile", folder + "/redis.log", "--appendonly",
            persistence == .none ? "no" : "yes",
        ]
        if persistence != .none { words += ["--appendfsync", persistence.rawValue] }
        if hasClock {
            words = [Checkout.path + "/tools/clock-shim", "run", folder + "/clock"] + words
        }
        let child = try OwnedProcess(words, in: folder, output: folder + "/out")
        process.withLock { $0 = child }
        try await eventually("node \(number) listens") {
            guard child.isRunning else {
                throw ChaosFailure("node \(number) ended at its start: \(log.suffix(400))")
            }
            return (try? self.ask("PING").string) == "PONG"
        }
    }

    private var log: String {
        String(
            decoding: FileManager.default.contents(atPath: folder + "/redis.log") ?? Data(),
            as: UTF8.self)
    }

    /// As a crash would.
    package func kill() {
        process.withLock { $0?.end() }
    }

    package func pause() { send(SIGSTOP) }
    package func resume() { send(SIGCONT) }

    private func send(_ signal: Int32) {
        process.withLock { $0?.send(signal) }
    }

    func ended() async throws {
        try await eventually("node \(number) ends") { !isRunning }
    }

    // MARK: Its state

    @discardableResult
    package func ask(_ words: String...) throws -> ChaosValue {
        try RedisTalk(port: port).ask(words.map { Array($0.utf8) })
    }

    /// Takes the data of a node that does not run.
    func removeData() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder + "/data") {
            try FileManager.default.removeItem(atPath: folder + "/data/" + name)
        }
    }

    /// Steps its wall clock; Redis expires keys by it.
    func setClock(seconds: Int64) throws {
        var nanoseconds = seconds * 1_000_000_000
        let bytes = unsafe withUnsafeBytes(of: &nanoseconds) { unsafe Data($0) }
        let path = folder + "/clock"
        if let file = FileHandle(forUpdatingAtPath: path) {
            try file.write(contentsOf: bytes)
            try file.close()
        } else {
            try bytes.write(to: URL(fileURLWithPath: path))
        }
    }

    /// Fills its disk until nothing more fits, or makes room again.
    func setDiskFull(_ isFull: Bool) throws {
        let path = folder + "/data/filler"
        guard isFull else {
            try? FileManager.default.removeItem(atPath: path)
            return
        }
        let file = unsafe open(path, O_WRONLY | O_CREAT, 0o600)
        guard file >= 0 else { throw ChaosFailure("no filler: errno \(errno)") }
        defer { close(file) }
        for size in [4096, 1] {
            let bytes = [UInt8](repeating: 0, count: size)
            while unsafe Glibc.write(file, bytes, size) == size {}
        }
    }
}

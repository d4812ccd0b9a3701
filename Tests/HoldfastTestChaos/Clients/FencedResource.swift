import Glibc
import HoldfastBase
import HoldfastSimulation
import HoldfastSystem

/// A counter in a file that checks fences, shared by all processes of a run.
///
/// It takes note of the fence already when it is read; every write is in the log, in its order.
package struct FencedResource {
    private let path: String
    private let log: String
    private let name: String

    package init(_ name: String, in folder: String) {
        self.name = name
        path = "\(folder)/resource-\(name)"
        log = path + ".history"
    }

    private struct Contents {
        var fence: UInt64 = 0
        var writtenFence: UInt64 = 0
        var value: Int64 = 0
    }

    /// The value, unless the fence is older than one that was seen.
    package func read(fence: UInt64) throws -> Int64? {
        try change { contents in
            guard fence >= contents.fence else { return nil }
            contents.fence = fence
            return contents.value
        }
    }

    /// Writes, unless the fence is older than one that was seen; false when it was refused.
    package func write(
        _ value: Int64, read: Int64, fence: UInt64, by client: UInt32
    ) throws -> Bool {
        try change { contents in
            let isAccepted = fence >= contents.fence
            // Refused for somebody who has only read: right, and no business of the checker.
            let isNews = isAccepted || fence <= contents.writtenFence
            if isAccepted {
                contents = Contents(fence: fence, writtenFence: fence, value: value)
            }
            if isNews {
                try note(
                    ResourceEntry(
                        resource: name, client: client, fence: fence, at: Clocks.now(),
                        isAccepted: isAccepted, read: read, written: value))
            }
            return isAccepted
        }
    }

    /// In the order in which the resource decided, whoever asked: it is locked meanwhile.
    private func note(_ entry: ResourceEntry) throws {
        let file = unsafe open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw ChaosFailure("no log \(log): errno \(errno)") }
        defer { close(file) }
        var writer = HistoryWriter()
        if lseek(file, 0, SEEK_END) > 0 { _ = writer.take() }
        writer.resource(entry)
        let bytes = writer.take()
        let written = unsafe bytes.withUnsafeBytes { room in
            unsafe Glibc.write(file, room.baseAddress, room.count)
        }
        guard written == bytes.count else { throw ChaosFailure("cannot write \(log)") }
    }

    private func change<Result>(_ body: (inout Contents) throws -> Result) throws -> Result {
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw ChaosFailure("no resource \(path): errno \(errno)") }
        defer { close(file) }
        guard flock(file, LOCK_EX) == 0 else { throw ChaosFailure("no lock on \(path)") }
        var contents = Contents()
        let size = MemoryLayout<Contents>.size
        _ = unsafe withUnsafeMutableBytes(of: &contents) { room in
            unsafe pread(file, room.baseAddress, size, 0)
        }
        let result = try body(&contents)
        let written = unsafe withUnsafeBytes(of: &contents) { room in
            unsafe pwrite(file, room.baseAddress, size, 0)
        }
        guard written == size else { throw ChaosFailure("cannot write \(path): errno \(errno)") }
        return result
    }
}

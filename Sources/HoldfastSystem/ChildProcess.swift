internal import CHoldfastSystem
internal import Glibc
package import HoldfastBase

/// A child process whose standard output we read: a server under a benchmark or a test.
package final class ChildProcess: Sendable {
    package let identifier: Int32
    private let output: Int32

    /// Starts `arguments[0]` with the arguments behind it; signals that are blocked here are not there.
    ///
    /// - Parameters:
    ///   - environment: `NAME=value`, in front of what this process has.
    ///   - errors: a file that takes its standard error; without one, that is ours.
    package init(
        _ arguments: [String], environment added: [String] = [], errors: String? = nil
    ) throws(SystemError) {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw .last("pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        if let errors {
            let flags = O_WRONLY | O_CREAT | O_APPEND
            unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o600)
        }
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        var blocked = sigset_t()
        unsafe sigemptyset(&blocked)
        unsafe posix_spawnattr_setsigmask(&attributes, &blocked)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var pointers = unsafe Self.strings(arguments)
        defer { unsafe pointers.forEach { unsafe free($0) } }
        var variables = unsafe Self.strings(added + Self.ownEnvironment)
        defer { unsafe variables.forEach { unsafe free($0) } }
        var child: pid_t = 0
        let result = unsafe posix_spawn(
            &child, arguments[0], &actions, &attributes, &pointers, &variables)
        close(ends[1])
        guard result == 0 else {
            close(ends[0])
            throw SystemError("start \(arguments[0])", code: result)
        }
        identifier = child
        output = ends[0]
    }

    @unsafe
    private static func strings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        var pointers = unsafe texts.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        return unsafe pointers
    }

    private static var ownEnvironment: [String] {
        var texts: [String] = []
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            texts.append(unsafe String(cString: text))
            unsafe entry += 1
        }
        return texts
    }

    /// The next line of its output; `nil` at the end.
    package func readLine() -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while unsafe read(output, &byte, 1) == 1 {
            if byte == 10 { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }

    /// CPU time it has used so far.
    package func processorTime() -> Interval {
        var clock = clockid_t()
        guard unsafe clock_getcpuclockid(identifier, &clock) == 0 else { return .zero }
        var time = timespec()
        guard unsafe clock_gettime(clock, &time) == 0 else { return .zero }
        return Interval(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Memory it has resident.
    package func residentBytes() -> Int {
        let file = unsafe open("/proc/\(identifier)/statm", O_RDONLY)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var text = [UInt8](repeating: 0, count: 128)
        let size = unsafe read(file, &text, text.count)
        let words = String(decoding: text.prefix(max(0, size)), as: UTF8.self).split(separator: " ")
        guard words.count > 1, let pages = Int(words[1]) else { return 0 }
        return pages * 4096
    }

    /// Asks it to end and waits until it has.
    package func stop() { end(by: SIGTERM) }

    /// Ends it without asking.
    package func kill() { end(by: SIGKILL) }

    private func end(by signal: Int32) {
        Glibc.kill(identifier, signal)
        waitForEnd()
    }

    /// Waits until it has ended by itself.
    package func waitForEnd() {
        var status: Int32 = 0
        _ = unsafe waitpid(identifier, &status, 0)
        close(output)
    }
}

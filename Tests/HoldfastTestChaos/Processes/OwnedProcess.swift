package import Glibc
package import HoldfastBase
import Synchronization

/// A process of ours; it ends with the value, if not before.
package final class OwnedProcess: Sendable {
    package enum Exit: Hashable, Sendable {
        case code(Int32)
        case signal(Int32)
    }

    package let pid: pid_t
    private let exit = Mutex<Exit?>(nil)

    /// Starts `arguments` with an environment of its own, its output added to a file.
    package init(
        _ arguments: [String], environment: [String: String] = [:], in folder: String,
        output: String
    ) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(
            &actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // The signals that a runner blocks would be blocked in the child as well.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let script = ["/bin/sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh", folder]
        var words = unsafe (script + arguments).map { unsafe strdup($0) }
        unsafe words.append(nil)
        var all = environment
        if all["PATH"] == nil, let path = unsafe getenv("PATH") {
            all["PATH"] = unsafe String(cString: path)
        }
        var variables = unsafe all.map { unsafe strdup("\($0.key)=\($0.value)") }
        unsafe variables.append(nil)
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        var pid: pid_t = 0
        let result = unsafe posix_spawn(
            &pid, script[0], &actions, &attributes, words, variables)
        guard result == 0 else {
            throw ChaosFailure("cannot start \(arguments[0]): errno \(result)")
        }
        self.pid = pid
    }

    deinit { end() }

    package func send(_ signal: Int32) {
        if poll() == nil { kill(pid, signal) }
    }

    package var isRunning: Bool { poll() == nil }

    /// How it ended, if it has.
    package func poll() -> Exit? {
        exit.withLock { exit in
            if exit != nil { return exit }
            var status: Int32 = 0
            guard unsafe waitpid(pid, &status, WNOHANG) == pid else { return nil }
            exit = status & 0x7F == 0 ? .code(status >> 8 & 0xFF) : .signal(status & 0x7F)
            return exit
        }
    }

    package func ended(within limit: Interval = .seconds(30)) async throws -> Exit {
        try await eventually("process \(pid) ends", within: limit) { self.poll() }
    }

    /// Ends it as a crash would.
    package func end() {
        exit.withLock { exit in
            guard exit == nil else { return }
            kill(pid, SIGKILL)
            var status: Int32 = 0
            _ = unsafe waitpid(pid, &status, 0)
            exit = .signal(SIGKILL)
        }
    }
}

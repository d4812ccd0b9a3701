import Glibc
import Synchronization

/// A process of ours, its output in files.
final class Child: Sendable {
    enum Exit: Hashable {
        case code(Int32)
        case signal(Int32)
    }

    let pid: pid_t
    private let exit = Mutex<Exit?>(nil)

    /// Starts `arguments`, after the shell has done `setup`; nothing of our environment is handed on.
    init(
        _ arguments: [String], environment: [String: String] = [:], in directory: String,
        output: String, errors: String, setup: String? = nil
    ) throws {
        let setup = setup.map { "\($0) && " } ?? ""
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        let flags = O_WRONLY | O_CREAT | O_APPEND
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o600)
        let script = "cd \"$1\" && shift && \(setup)exec \"$@\""
        let program = ["/bin/sh", "-c", script, "sh", directory]
        var words = unsafe (program + arguments).map { unsafe strdup($0) }
        unsafe words.append(nil)
        var variables = unsafe environment.map { unsafe strdup("\($0.key)=\($0.value)") }
        unsafe variables.append(nil)
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        var pid: pid_t = 0
        let result = unsafe posix_spawn(&pid, program[0], &actions, nil, words, variables)
        guard result == 0 else { throw Failure("cannot start \(arguments[0]): errno \(result)") }
        self.pid = pid
    }

    deinit { end() }

    func send(_ signal: Int32) {
        if poll() == nil { kill(pid, signal) }
    }

    /// How it ended, if it has.
    func poll() -> Exit? {
        exit.withLock { exit in
            if exit != nil { return exit }
            var status: Int32 = 0
            guard unsafe waitpid(pid, &status, WNOHANG) == pid else { return nil }
            exit = status & 0x7F == 0 ? .code(status >> 8 & 0xFF) : .signal(status & 0x7F)
            return exit
        }
    }

    func ended(within limit: Duration = .seconds(60)) async throws -> Exit {
        try await eventually("process \(pid) ends", within: limit) { self.poll() }
    }

    /// Ends it for good.
    func end() {
        exit.withLock { exit in
            guard exit == nil else { return }
            kill(pid, SIGKILL)
            var status: Int32 = 0
            _ = unsafe waitpid(pid, &status, 0)
            exit = .signal(SIGKILL)
        }
    }
}

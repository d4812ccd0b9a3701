internal import CHoldfastSystem
internal import Glibc

/// A program that runs in a process group of its own, so that a signal reaches what it has started,
/// too.
///
/// Not an owner: whoever started it asks for `change()` when SIGCHLD comes, and so reaps it.
package struct ProcessGroup: Hashable, Sendable {
    /// What became of the program.
    package enum Change: Hashable, Sendable {
        case exited(Int32)
        case killed(signal: Int32)
        case stopped(signal: Int32)
    }

    /// The process, and the group.
    package let identifier: Int32

    /// Starts `arguments`, looking for the program where the shell would.
    ///
    /// - Parameters:
    ///   - environment: `NAME=value`, all of it.
    ///   - terminal: whose foreground it is brought to, if any.
    ///   - deathSignal: what it gets when the calling thread ends; 0 is nothing.
    package init(
        _ arguments: [String], environment: [String], terminal: Int32?, deathSignal: Int32
    ) throws(SystemError) {
        let words = unsafe Self.strings(arguments)
        let variables = unsafe Self.strings(environment)
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        let started = unsafe hf_start_group(words, variables, terminal ?? -1, deathSignal)
        guard started > 0 else { throw SystemError("start \(arguments[0])", code: -started) }
        identifier = started
    }

    @unsafe
    private static func strings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        var pointers = unsafe texts.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        return unsafe pointers
    }

    /// What has happened to the program since the last call, if anything.
    package func change() -> Change? {
        var value: Int32 = 0
        switch unsafe hf_poll_child(identifier, &value) {
        case HF_CHILD_EXITED: return .exited(value)
        case HF_CHILD_KILLED: return .killed(signal: value)
        case HF_CHILD_STOPPED: return .stopped(signal: value)
        default: return nil
        }
    }

    /// Signals all that is in the group.
    package func signal(_ number: Int32) {
        kill(-identifier, number)
    }

    /// Whether anything is left in the group, once the program itself has ended and `change()` has said
    /// so.
    package var isAlive: Bool { hf_group_is_alive(identifier) != 0 }
}

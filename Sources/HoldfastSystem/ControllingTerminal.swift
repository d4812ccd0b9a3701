internal import Glibc

/// The terminal that this process was started from, and how it was then.
package final class ControllingTerminal: Sendable {
    package let descriptor: Int32
    /// As they were, unless somebody else was in the foreground then and has made them its own.
    private let settings: termios?
    private let group = getpgrp()

    /// `nil` without one.
    package init?() {
        let opened = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard opened >= 0 else { return nil }
        var found = termios()
        guard unsafe tcgetattr(opened, &found) == 0 else {
            close(opened)
            return nil
        }
        descriptor = opened
        settings = tcgetpgrp(opened) == getpgrp() ? found : nil
    }

    deinit { close(descriptor) }

    /// Whether this process is in the foreground.
    package var isOurs: Bool { tcgetpgrp(descriptor) == group }

    /// Brings a process group to the foreground.
    package func give(to group: Int32) {
        Self.withoutStop { _ = tcsetpgrp(descriptor, group) }
    }

    /// Brings this process back to the foreground, where it gave that to `group`; says whether it did.
    package func take(from group: Int32) -> Bool {
        guard tcgetpgrp(descriptor) == group else { return false }
        give(to: self.group)
        return true
    }

    /// Brings this process to the foreground after a program that could not be started, and that is no
    /// group any more.
    package func take() { give(to: group) }

    /// Makes the terminal what it was: for a program that was killed and could not.
    package func restore() {
        guard var wanted = settings else { return }
        Self.withoutStop { _ = unsafe tcsetattr(descriptor, TCSADRAIN, &wanted) }
    }

    /// A process behind that touches the terminal is stopped, unless it blocks the signal.
    private static func withoutStop(_ body: () -> Void) {
        var wanted = sigset_t()
        var before = sigset_t()
        unsafe sigemptyset(&wanted)
        unsafe sigaddset(&wanted, SIGTTOU)
        unsafe pthread_sigmask(SIG_BLOCK, &wanted, &before)
        body()
        unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    }
}

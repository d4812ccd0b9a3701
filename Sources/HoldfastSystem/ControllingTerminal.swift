internal import Glibc

/// The terminal that this process was started from, and how it was then.
package final class ControllingTerminal: Sendable {
    package let descriptor: Int32
    private let settings: termios
    private let group = getpgrp()

    /// `nil` without one, or where this process is not in its foreground.
    package init?() {
        let opened = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard opened >= 0 else { return nil }
        var found = termios()
        guard tcgetpgrp(opened) == getpgrp(), unsafe tcgetattr(opened, &found) == 0 else {
            close(opened)
            return nil
        }
        descriptor = opened
        settings = found
    }

    deinit { close(descriptor) }

    /// Whether this process is in the foreground.
    package var isOurs: Bool { tcgetpgrp(descriptor) == group }

    /// Brings a process group to the foreground.
    package func give(to group: Int32) {
        Self.withoutStop { _ = tcsetpgrp(descriptor, group) }
    }

    /// Brings this process back to the foreground.
    package func take() { give(to: group) }

    /// Makes the terminal what it was: for a program that was killed and could not.
    package func restore() {
        var wanted = settings
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

import Glibc
import HoldfastControl
import HoldfastSystem
import Synchronization

/// The terminal as a screen: without echo and line by line, on its second page, which goes away and
/// leaves the first as it was.
final class TopScreen: Sendable {
    private let attendant: Attendant
    /// How the terminal was; `nil` when it is so.
    private let before = Mutex<termios?>(nil)

    /// `nil` where not both standard input and output are a terminal.
    init?(_ attendant: Attendant) {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { return nil }
        self.attendant = attendant
    }

    var screen: Screen {
        Screen(
            enter: { sink in self.enter(sink) }, leave: { self.leave() }, size: { Terminal.size })
    }

    private func enter(_ sink: @escaping @Sendable (Screen.Event) -> Void) {
        var found = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &found) == 0 else { return }
        before.withLock { $0 = found }
        attendant.watchWindow(
            onResize: { sink(.resized) }, onEnd: { self.leave() })
        found.c_lflag &= ~tcflag_t(ECHO | ICANON)
        // Stopped by Ctrl-Z, it would leave the shell with a terminal like this.
        found.c_cc.10 = 0
        _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &found)
        // The second page, and no cursor.
        _ = Processes.write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J", to: STDOUT_FILENO)
        try? Threads.start(name: "keys") {
            var bytes = [UInt8](repeating: 0, count: 64)
            while true {
                let size = unsafe read(STDIN_FILENO, &bytes, bytes.count)
                if size < 0, errno == EINTR { continue }
                guard size > 0 else {
                    // The terminal is gone.
                    sink(.key(.quit))
                    return
                }
                for key in TopKey.keys(in: Array(bytes.prefix(size))) { sink(.key(key)) }
            }
        }
    }

    /// Once: it is called on every way out, and two may be taken at a time.
    private func leave() {
        before.withLock { before in
            guard var wanted = before else { return }
            before = nil
            _ = Processes.write("\u{1B}[?25h\u{1B}[?1049l", to: STDOUT_FILENO)
            _ = unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &wanted)
        }
    }
}

import Glibc
import HoldfastBase
import HoldfastControl
import HoldfastSystem
import Synchronization

/// What the first thread does for the rest of the program: it hears signals, and it starts the program
/// of `lock run`, which is tied to the thread that has started it, and this one never ends.
///
/// Until somebody takes signals over, Ctrl-C and SIGTERM ask the program to end, and a second one ends
/// it. What follows within a moment is the same wish: timeout(1), for one, signals the process and then
/// its group.
final class Attendant: Sendable {
    private static let moment = Interval.milliseconds(200)
    private static let signals: [SignalQueue.Signal] = [
        .interrupt, .terminate, .user1, .user2, .proceed, .childChanged, .windowChanged,
    ]

    private struct State {
        var posted: [@Sendable () -> Void] = []
        var sink: (@Sendable (ProcessHost.Event) -> Void)?
        var onResize: (@Sendable () -> Void)?
        var onEnd: (@Sendable () -> Void)?
        var child: ProcessGroup?
    }

    private let queue: SignalQueue
    private let wake: WakeSignal
    private let terminal = ControllingTerminal()
    private let state = Mutex(State())

    /// Must be made before any other thread starts, so that all threads inherit the mask.
    init() throws(SystemError) {
        let asked = [SignalQueue.Signal.hangUp, .quit].filter { !SignalQueue.isIgnored($0) }
        queue = try SignalQueue(Self.signals + asked)
        wake = try WakeSignal()
    }

    /// Has the first thread run `work`.
    private func post(_ work: @escaping @Sendable () -> Void) {
        state.withLock { $0.posted.append(work) }
        wake.raise()
    }

    /// Keeps the calling thread, the first one of the process, for good. Were it given to the
    /// concurrency runtime instead, that would let it sleep with every signal let in.
    func attend(_ interrupt: () -> Void) -> Never {
        var first: Instant?
        while true {
            var wanted = [
                pollfd(fd: queue.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            _ = unsafe poll(&wanted, nfds_t(wanted.count), -1)
            wake.clear()
            for work in state.withLock({ state in
                defer { state.posted = [] }
                return state.posted
            }) { work() }
            while let signal = queue.next() { hear(signal, &first, interrupt) }
        }
    }

    private func hear(
        _ signal: SignalQueue.Signal, _ first: inout Instant?, _ interrupt: () -> Void
    ) {
        switch signal {
        case .childChanged: lookAtChild()
        case .windowChanged: state.withLock { $0.onResize }?()
        default:
            if let sink = state.withLock({ $0.sink }) {
                if signal == .proceed { _ = handOver() }
                sink(.signalled(signal.rawValue))
            } else if [.interrupt, .terminate, .hangUp, .quit].contains(signal) {
                guard let begun = first else {
                    first = Clocks.now()
                    interrupt()
                    return
                }
                if Clocks.now() - begun > Self.moment { leave() }
            } else if signal == .user1 || signal == .user2 {
                // As if nobody had asked for it: the default is to end.
                leave()
            }
        }
    }

    /// Ends the process at once, and leaves the terminal as it was.
    private func leave() -> Never {
        state.withLock { $0.onEnd }?()
        _exit(ExitStatus.interrupted.rawValue)
    }

    // MARK: The screen

    /// Has `onResize` called when the window has another size, and `onEnd` before the process is ended
    /// from here.
    func watchWindow(
        onResize: @escaping @Sendable () -> Void, onEnd: @escaping @Sendable () -> Void
    ) {
        state.withLock {
            $0.onResize = onResize
            $0.onEnd = onEnd
        }
    }

    // MARK: The program of lock run

    var host: ProcessHost {
        ProcessHost(
            takeOver: { sink in self.state.withLock { $0.sink = sink } },
            start: { program in try await self.start(program) },
            signal: { number in self.state.withLock { $0.child }?.signal(number) },
            handOver: { self.handOver() },
            isGroupAlive: { self.state.withLock { $0.child }?.isAlive ?? false },
            // Of the process that runs us: this one is gone when somebody reads it.
            caller: { "\(Processes.userName)@\(Processes.hostName):\(getppid())" },
            caption: { program in
                "\(program.split(separator: "/").last ?? ""), process \(getpid()) on "
                    + Processes.hostName
            })
    }

    private func start(_ program: ProcessHost.Program) async throws {
        let names = Set(program.variables.map(\.name))
        let inherited = Terminal.environment.filter { !names.contains($0.name) }
        let environment = (inherited + program.variables).map { "\($0.name)=\($0.value)" }
        let result: Result<Void, SystemError> = await withCheckedContinuation { continuation in
            post {
                continuation.resume(returning: self.started(program, environment))
            }
        }
        do {
            try result.get()
        } catch {
            throw ProcessHost.StartFailure(text: error.text, isMissing: error.code == ENOENT)
        }
    }

    private func started(
        _ program: ProcessHost.Program, _ environment: [String]
    ) -> Result<Void, SystemError> {
        let isOurs = terminal?.isOurs ?? false
        do throws(SystemError) {
            let child = try ProcessGroup(
                program.arguments, environment: environment,
                terminal: isOurs ? terminal?.descriptor : nil, deathSignal: program.deathSignal)
            state.withLock { $0.child = child }
            return .success(())
        } catch {
            if isOurs { terminal?.take() }
            return .failure(error)
        }
    }

    private func lookAtChild() {
        guard let child = state.withLock({ $0.child }) else { return }
        while let change = child.change() {
            let event: ProcessHost.Event
            switch change {
            case .stopped(let signal): event = .stopped(isByTerminal: signal == SIGTSTP)
            case .exited(let code):
                _ = terminal?.take(from: child.identifier)
                event = .ended(.exited(code))
            case .killed(let signal):
                if let terminal, terminal.take(from: child.identifier) { terminal.restore() }
                event = .ended(.killed(signal: signal))
            }
            state.withLock { $0.sink }?(event)
        }
    }

    /// Where the shell has brought us to the foreground: what it means is the program. Says whether it
    /// has.
    private func handOver() -> Bool {
        guard let terminal, terminal.isOurs, let child = state.withLock({ $0.child }) else {
            return false
        }
        terminal.give(to: child.identifier)
        return true
    }
}

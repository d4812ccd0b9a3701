import Glibc
import HoldfastBase
import HoldfastSystem
import Synchronization

/// The processes and the folder of a run: none of them outlives it, however it ends.
enum BenchProcesses {
    private struct Owned {
        var processes: [ChildProcess] = []
        var folders: [String] = []
    }

    private static let owned = Mutex(Owned())
    private static let ending = Mutex(())
    private static let signals: [SignalQueue.Signal] = [.interrupt, .terminate, .hangUp]

    /// Has signals that end this process end the others first. Before any other thread starts.
    static func watchSignals() throws {
        SignalQueue.block(signals)
        try Threads.start(name: "hf-signals") {
            guard let queue = try? SignalQueue(signals), let poller = try? Poller(eventsPerWait: 1),
                (try? poller.add(queue.descriptor, .readable, token: 0)) != nil
            else { return }
            while true {
                _ = poller.wait(milliseconds: -1)
                guard let signal = queue.next() else { continue }
                endAll(exitingWith: 128 + signal.rawValue)
            }
        }
    }

    /// A folder that goes with the run.
    static func makeFolder() throws -> String {
        let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        let folder = "\(base)/holdfast-lock-\(getpid())-\(RequestID.random().high & 0xFFFF)"
        guard unsafe mkdir(folder, 0o700) == 0 else { throw BenchError("cannot make \(folder)") }
        owned.withLock { $0.folders.append(folder) }
        return folder
    }

    /// Starts a process that goes with the run.
    ///
    /// - Parameter pin: the processor it is bound to, and all its threads.
    static func start(
        _ arguments: [String], environment: [String] = [], errors: String? = nil, pin: Int? = nil
    ) throws -> ChildProcess {
        // A child has the processors of the thread that starts it.
        let process = try OwnThread.wait { () throws -> ChildProcess in
            if let pin { try Threads.pin(to: pin) }
            return try ChildProcess(arguments, environment: environment, errors: errors)
        }
        owned.withLock { $0.processes.append(process) }
        return process
    }

    static func end(_ process: ChildProcess) {
        let isOurs = owned.withLock { owned in
            let before = owned.processes.count
            owned.processes.removeAll { $0 === process }
            return owned.processes.count < before
        }
        if isOurs { process.kill() }
    }

    /// A second caller waits until the first is done: a run that a signal ends fails for lack of its
    /// servers too, and must not be over before its folder is gone.
    static func endAll(exitingWith code: Int32? = nil) {
        ending.withLock { _ in
            let (processes, folders) = owned.withLock { owned in
                defer { owned = Owned() }
                return (owned.processes, owned.folders)
            }
            for process in processes.reversed() { process.kill() }
            for folder in folders {
                guard let removal = try? ChildProcess(["/bin/rm", "-rf", folder]) else { continue }
                removal.waitForEnd()
            }
            if let code { _exit(code) }
        }
    }
}

import Foundation

/// Stops one thread of a child of ours, by ptrace, until `release`: a loop that is stuck.
final class ThreadHold: Sendable {
    private typealias Trace =
        @convention(c) (CInt, pid_t, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> CLong
    private static let seize: CInt = 0x4206
    private static let interrupt: CInt = 0x4207
    private static let detach: CInt = 17
    private static let anyThread: Int32 = 0x4000_0000

    private let isReleased = DispatchSemaphore(value: 0)

    /// The thread of that name; a thread takes its name when it first runs, so it may come late.
    static func thread(_ name: String, of pid: pid_t) throws -> pid_t? {
        let tasks = "/proc/\(pid)/task"
        let found = try FileManager.default.contentsOfDirectory(atPath: tasks).first { task in
            let comm = FileManager.default.contents(atPath: "\(tasks)/\(task)/comm") ?? Data()
            return String(decoding: comm, as: UTF8.self) == name + "\n"
        }
        return found.flatMap { pid_t($0) }
    }

    init(thread: pid_t) throws {
        guard let symbol = unsafe dlsym(nil, "ptrace") else { throw Failure("no ptrace") }
        let trace = unsafe unsafeBitCast(symbol, to: Trace.self)
        let isHeld = DispatchSemaphore(value: 0)
        let isReleased = isReleased
        // One and the same thread has to make all the calls.
        Thread.detachNewThread {
            var status: Int32 = 0
            guard trace(Self.seize, thread, nil, nil) == 0 else { return }
            _ = trace(Self.interrupt, thread, nil, nil)
            _ = unsafe waitpid(thread, &status, Self.anyThread)
            isHeld.signal()
            isReleased.wait()
            _ = trace(Self.detach, thread, nil, nil)
        }
        guard isHeld.wait(timeout: .now() + 60) == .success else {
            throw Failure("cannot stop a thread of a child: is ptrace forbidden here?")
        }
    }

    func release() { isReleased.signal() }
}

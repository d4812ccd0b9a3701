internal import HoldfastBase
internal import Synchronization

/// Says what is waited for, once that takes longer than a second, and takes it back.
func withProgress<Value, Failure>(
    _ console: Console, _ what: String, _ body: () async throws(Failure) -> Value
) async throws(Failure) -> Value {
    guard let show = console.progress else { return try await body() }
    let line = ProgressLine(what, show)
    let ticking = Task {
        while (try? await Task.sleep(for: .seconds(1))) != nil { line.tick() }
    }
    defer {
        ticking.cancel()
        line.end()
    }
    return try await body()
}

/// The line; once ended, it is not shown again.
private final class ProgressLine: Sendable {
    private struct State {
        var seconds: UInt64 = 0
        var isOver = false
    }

    private let what: String
    private let show: @Sendable (String?) -> Void
    private let state = Mutex(State())

    init(_ what: String, _ show: @escaping @Sendable (String?) -> Void) {
        self.what = what
        self.show = show
    }

    // Shown under the lock, for a tick that came late must not write over an answer.
    func tick() {
        state.withLock { state in
            guard !state.isOver else { return }
            state.seconds += 1
            show("\(what), \(HumanText.duration(milliseconds: state.seconds * 1000))")
        }
    }

    func end() {
        state.withLock { state in
            state.isOver = true
            if state.seconds > 0 { show(nil) }
        }
    }
}

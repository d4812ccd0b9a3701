internal import Synchronization

/// Asks one question at a time for all who want its answer, whatever their number.
///
/// Who comes while it is under way waits for the next asking, so that no answer is older than the wish
/// for it. Who waits longer than the patience gets `nil`.
final class SharedQuestion<Answer: Sendable>: Sendable {
    private struct State: Sendable {
        var isUnderWay = false
        /// For the next asking.
        var wishes: [Wish<Answer>] = []
    }

    private let patience: Duration
    private let question: @Sendable () async -> Answer
    private let state = Mutex(State())

    init(patience: Duration, _ question: @escaping @Sendable () async -> Answer) {
        self.patience = patience
        self.question = question
    }

    /// How many wait for the next asking.
    var waiting: Int { state.withLock { $0.wishes.count } }

    /// The answer, unless it takes too long.
    func ask() async -> Answer? {
        let wish = Wish<Answer>()
        let patience = patience
        // Not a task group: that would wait for the question that nobody answers.
        let timer = Task {
            try? await Task.sleep(for: patience)
            wish.grant(nil)
        }
        defer { timer.cancel() }
        let isFirst = state.withLock { state in
            // Those that a question without answer has left behind.
            state.wishes.removeAll { $0.isGranted }
            state.wishes.append(wish)
            defer { state.isUnderWay = true }
            return !state.isUnderWay
        }
        if isFirst { Task { await answerAll() } }
        return await withCheckedContinuation { wish.wait($0) }
    }

    private func answerAll() async {
        while true {
            let wishes = state.withLock { state in
                defer { state.wishes = [] }
                state.isUnderWay = !state.wishes.isEmpty
                return state.wishes
            }
            if wishes.isEmpty { return }
            let answer = await question()
            for wish in wishes { wish.grant(answer) }
        }
    }
}

/// One who waits: the first answer counts, the others are dropped.
private final class Wish<Answer: Sendable>: Sendable {
    private enum State: Sendable {
        case new
        case waiting(CheckedContinuation<Answer?, Never>)
        case granted(Answer?)
    }

    private let state = Mutex(State.new)

    var isGranted: Bool {
        state.withLock { state in
            if case .granted = state { true } else { false }
        }
    }

    func wait(_ continuation: CheckedContinuation<Answer?, Never>) {
        let answer: Answer?? = state.withLock { state in
            if case .granted(let answer) = state { return .some(answer) }
            state = .waiting(continuation)
            return nil
        }
        if let answer { continuation.resume(returning: answer) }
    }

    func grant(_ answer: Answer?) {
        let waiting: CheckedContinuation<Answer?, Never>? = state.withLock { state in
            switch state {
            case .granted: return nil
            case .new:
                state = .granted(answer)
                return nil
            case .waiting(let continuation):
                state = .granted(answer)
                return continuation
            }
        }
        waiting?.resume(returning: answer)
    }
}

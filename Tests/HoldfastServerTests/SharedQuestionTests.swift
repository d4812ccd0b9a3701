import Synchronization
import Testing

@testable import HoldfastServer

@Suite(.timeLimit(.minutes(5))) struct SharedQuestionTests {
    /// Answers when it is told to.
    private final class Oracle: Sendable {
        private let state = Mutex<(asked: Int, held: [CheckedContinuation<Int, Never>])>((0, []))

        var asked: Int { state.withLock { $0.asked } }

        func answer() async -> Int {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    state.asked += 1
                    state.held.append(continuation)
                }
            }
        }

        func release() {
            let held = state.withLock { state in
                defer { state.held = [] }
                return (state.asked, state.held)
            }
            for continuation in held.1 { continuation.resume(returning: held.0) }
        }

        func untilAsked(_ count: Int) async {
            while asked < count { await Task.yield() }
        }
    }

    /// A thousand probes are two questions: one that is under way when they come, and one for all of
    /// them, which sees everything that was before they came.
    @Test func whoComesWhileItIsUnderWayWaitsForTheNext() async {
        let oracle = Oracle()
        let question = SharedQuestion(patience: .seconds(240)) { await oracle.answer() }
        let first = Task { await question.ask() }
        await oracle.untilAsked(1)
        let others = (0..<1000).map { _ in Task { await question.ask() } }
        while question.waiting < 1000 { await Task.yield() }
        #expect(oracle.asked == 1)
        oracle.release()
        #expect(await first.value == 1)
        await oracle.untilAsked(2)
        oracle.release()
        for other in others { #expect(await other.value == 2) }
        #expect(oracle.asked == 2)
        let last = Task { await question.ask() }
        await oracle.untilAsked(3)
        oracle.release()
        #expect(await last.value == 3)
    }

    /// A loop that is stuck answers nobody, and later all at once; those who have gone are not kept.
    @Test func patienceEnds() async {
        let oracle = Oracle()
        let question = SharedQuestion(patience: .milliseconds(20)) { await oracle.answer() }
        for _ in 0..<5 { #expect(await question.ask() == nil) }
        #expect(oracle.asked == 1)
        #expect(question.waiting <= 1)
        oracle.release()
        await oracle.untilAsked(2)
        oracle.release()
    }
}

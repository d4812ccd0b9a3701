import Synchronization

@testable import Billing

/// A bank of which a test knows when it is called, and which answers when the test says so.
final class SlowBank: Bank {
    private struct Calls {
        var orders: [String] = []
        var open: [AsyncStream<Void>.Continuation] = []
    }

    private let calls = Mutex(Calls())
    private let told = AsyncStream.makeStream(of: Void.self)

    /// The orders for which it was called.
    var orders: [String] { calls.withLock { $0.orders } }

    func charge(_ order: String) async throws {
        let (answer, call) = AsyncStream.makeStream(of: Void.self)
        calls.withLock { calls in
            calls.orders.append(order)
            calls.open.append(call)
        }
        told.continuation.yield()
        for await _ in answer {}
        try Task.checkCancellation()
    }

    /// Returns when it is called, once for each call.
    func isCalled() async {
        for await _ in told.stream { return }
    }

    /// Has the calls under way return.
    func answer() {
        for call in calls.withLock({ $0.open }) { call.finish() }
    }
}

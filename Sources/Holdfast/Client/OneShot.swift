internal import Synchronization

/// A value that comes once, and those who wait for it.
///
/// Whoever waits is resumed outside of the lock; a wait ends early when its task is cancelled.
final class OneShot<Value: Sendable>: Sendable {
    private typealias Waiter = CheckedContinuation<Value?, Never>

    private struct Contents {
        var value: Value?
        var waiting: [UInt64: Waiter] = [:]
        var last: UInt64 = 0
    }

    private let contents = Mutex(Contents())

    /// The value, if it has come.
    var value: Value? { contents.withLock { $0.value } }

    /// The value comes; the first one counts.
    func resolve(_ value: Value) {
        let waiting = contents.withLock { contents -> [Waiter] in
            guard contents.value == nil else { return [] }
            contents.value = value
            defer { contents.waiting = [:] }
            return Array(contents.waiting.values)
        }
        for waiter in waiting { waiter.resume(returning: value) }
    }

    /// The value; `nil` when the task was cancelled first.
    func wait() async -> Value? {
        let number = contents.withLock { contents in
            contents.last += 1
            return contents.last
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: Waiter) in
                // A cancellation before this point finds nobody: it is looked at under the lock.
                let ready = contents.withLock { contents -> Value?? in
                    if let value = contents.value { return .some(value) }
                    if Task.isCancelled { return .some(nil) }
                    contents.waiting[number] = waiter
                    return nil
                }
                if let ready { waiter.resume(returning: ready) }
            }
        } onCancel: {
            let waiter = contents.withLock { $0.waiting.removeValue(forKey: number) }
            waiter?.resume(returning: nil)
        }
    }
}

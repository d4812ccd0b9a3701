internal import Synchronization

/// Runs the body of a scope under a grant, in a child task that is cancelled when the grant is lost,
/// and gives the grant back on every way out.
enum GuardedBody {
    /// The body on its way into the child task.
    ///
    /// `@unchecked Sendable`: the body may capture what is not Sendable. The task that gave it waits for
    /// the child from beginning to end, and the child runs on the same actor: at no time do two tasks
    /// touch what was captured.
    private struct Passage<Value>: @unchecked Sendable {
        let value: Value
    }

    /// The result on its way back; written by the child before it ends, read by the parent after.
    ///
    /// `@unchecked Sendable`: see above; the end of the child is between the two.
    private final class Slot<Result>: @unchecked Sendable {
        var result: Swift.Result<Result, any Error>?
    }

    static func run<Value: Sendable, Result>(
        _ core: GuardCore, _ desk: LockDesk, _ value: Value,
        _ body: (Value) async throws -> Result
    ) async throws -> Result {
        let result = await result(ended: { await core.ended.wait() != nil }, value, body)
        if let lost = core.lost { throw lost }
        do {
            try await desk.release(core)
        } catch let lost as LockLost {
            throw lost
        } catch {
            // The body has come to its end; the release goes on in the background.
        }
        return try result.get()
    }

    /// Runs the body in a child task until it ends, and cancels it when `ended` returns first.
    static func result<Value: Sendable, Result>(
        ended: @escaping @Sendable () async -> Bool, _ value: Value,
        _ body: (Value) async throws -> Result
    ) async -> Swift.Result<Result, any Error> {
        await runChild(#isolation, ended, value, body)
            ?? .failure(HoldfastError(.internal, "the body of a scope has not been run"))
    }

    private static func runChild<Value: Sendable, Result>(
        _ isolation: isolated (any Actor)?, _ ended: @escaping @Sendable () async -> Bool,
        _ value: Value, _ body: (Value) async throws -> Result
    ) async -> Swift.Result<Result, any Error>? {
        await withoutActuallyEscaping(body) { body in
            let passage = Passage(value: body)
            let slot = Slot<Result>()
            await withTaskGroup(of: Void.self) { group in
                group.addTask { [isolation] in
                    await call(isolation, passage, value, slot)
                }
                // Comes to its end with the grant, or by cancellation.
                group.addTask { _ = await ended() }
                _ = await group.next()
                group.cancelAll()
                await group.waitForAll()
            }
            return slot.result
        }
    }

    private static func call<Value, Result>(
        _ isolation: isolated (any Actor)?, _ passage: Passage<(Value) async throws -> Result>,
        _ value: Value, _ slot: Slot<Result>
    ) async {
        do {
            slot.result = .success(try await passage.value(value))
        } catch {
            slot.result = .failure(error)
        }
    }
}

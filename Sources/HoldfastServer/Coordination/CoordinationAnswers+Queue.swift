internal import HoldfastBase
internal import HoldfastCoordination
internal import HoldfastNode
internal import HoldfastRPC
internal import HoldfastWire

/// Who else wants a lock, and who has it instead of whom.
extension CoordinationAnswers {
    static func queue(_ queue: QueueState) -> QueueResponse {
        QueueResponse(
            waiters: queue.waiters.map { waiter in
                LockWaiter(
                    grant: waiter.grant.bytes, mode: waiter.mode == .shared ? .shared : .exclusive,
                    session: waiter.session?.bytes ?? [], waitedMs: waiter.waitedMilliseconds,
                    elsewhere: waiter.isElsewhere, holder: waiter.holder, metadata: waiter.value)
            }, waiting: UInt32(clamping: queue.count))
    }

    /// What a release that found nothing is answered, once it is known who has the locks.
    func notReleased(
        _ call: consuming HeldCall, _ isForced: Bool, _ fence: UInt64, _ outcome: Outcome
    ) {
        // Where that could not be read, the release was still done, and found nothing.
        if case .locks(let locks) = outcome,
            let held = locks.first(where: { !$0.grants.isEmpty })
        {
            call.fail(Self.notOwner(held, isForced, fence))
        } else if isForced {
            call.respond(ForceReleaseResponse(wasHeld: false))
        } else {
            call.respond(ReleaseResponse(wasHeld: false))
        }
    }

    private static func notOwner(
        _ lock: LockState, _ isForced: Bool, _ fence: UInt64
    ) -> RPCError {
        let holder = lock.grants[0]
        var facts = [
            "name": NameSpace.lock.strip(lock.name), "holder_fence": String(holder.fence),
            "holder_metadata": String(decoding: holder.value, as: UTF8.self),
            "holder": holder.holder,
        ]
        if let left = holder.remainingMilliseconds { facts["remaining_ms"] = String(left) }
        let what =
            isForced
            ? "it is held under fence \(holder.fence), not under \(fence): nothing was taken away; "
                + "name the fence of the holder that is meant"
            : "another grant holds the lock, under fence \(holder.fence), and yours does not: nothing "
                + "was given back; stop, if you work under it, and acquire again"
        return RPCError(.failedPrecondition, what, reason: "LOCK_NOT_OWNER", metadata: facts)
    }
}

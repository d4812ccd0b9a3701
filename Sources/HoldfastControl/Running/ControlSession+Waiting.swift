internal import Holdfast
internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastWire

/// Waiting for locks and leads: through a server that leaves, and through a quorum that is lost, until the
/// time that was given is over.
extension ControlSession {
    /// From one sending to the next.
    private static let pause = Interval.milliseconds(500)

    /// A request as it is sent once more.
    private struct Sending {
        let waited: UInt64
        let left: UInt64
        let options: CallOptions
    }

    func acquire(_ wish: AcquireRequest, _ id: [UInt8]?) async throws -> ExitStatus {
        var request = wish
        if request.metadata.isEmpty { request.metadata = Array(caption.utf8) }
        let id = id.flatMap { unsafe RequestID($0.span.bytes) } ?? .random()
        let (answer, waited) = try await patiently(wish.waitMs, id) { sending in
            request.waitMs = sending.left
            request.waitedMs = sending.waited
            return try await client.locks.acquire(request, options: sending.options).outcome
        } renew: {
            guard wish.session.isEmpty else { return }
            _ = try await client.locks.renew(
                RenewRequest(names: wish.names, grant: id.bytes, ttlMs: wish.ttlMs),
                options: options)
        } release: {
            _ = try await client.locks.release(
                ReleaseRequest(names: wish.names, grant: id.bytes), options: options)
        }
        var outcome = answer
        switch outcome {
        case .held(var held):
            held.waitedMs &+= waited
            outcome = .held(held)
        case .notHeld(var other):
            other.waitedMs &+= waited
            outcome = .notHeld(other)
        case nil: break
        }
        return try show(LockAnswer.make(wish.names, outcome.map(GrantOutcome.init)))
    }

    func campaign(_ wish: CampaignRequest, _ id: [UInt8]?) async throws -> ExitStatus {
        var request = wish
        if request.value.isEmpty { request.value = Array(caption.utf8) }
        let id = id.flatMap { unsafe RequestID($0.span.bytes) } ?? .random()
        let (outcome, _) = try await patiently(wish.waitMs, id) { sending in
            request.waitMs = sending.left
            request.waitedMs = sending.waited
            return try await client.elections.campaign(request, options: sending.options).outcome
        } renew: {
            guard wish.session.isEmpty else { return }
            _ = try await client.elections.renewLead(
                RenewLeadRequest(election: wish.election, key: id.bytes, ttlMs: wish.ttlMs),
                options: options)
        } release: {
            _ = try await client.elections.resign(
                ResignRequest(election: wish.election, key: id.bytes), options: options)
        }
        return try show(ElectionAnswer.make(outcome))
    }

    /// Sends a request until it is answered or its wait is over, as the same request with its place.
    ///
    /// - Parameters:
    ///   - renew: makes what an earlier sending may have taken last as long as was asked.
    ///   - release: gives back what it may have taken, when nothing comes of it.
    /// - Returns: the answer, and how long was waited before it was sent.
    private func patiently<Outcome>(
        _ milliseconds: UInt64, _ id: RequestID,
        _ send: (Sending) async throws -> Outcome,
        renew: () async throws -> Void, release: @escaping @Sendable () async throws -> Void
    ) async throws -> (Outcome, waited: UInt64) {
        let begun = console.clock()
        let end = begun + .milliseconds(Int64(clamping: milliseconds))
        var isTold = false
        var mayHold = false
        while true {
            let now = console.clock()
            let waited = UInt64(max(0, (now - begun).nanoseconds) / 1_000_000)
            let left = milliseconds - min(milliseconds, waited)
            let options = waiting(left, id.bytes)
            do {
                let outcome = try await send(
                    Sending(waited: waited, left: left, options: options))
                if mayHold { try await renew() }
                return (outcome, waited)
            } catch let error as RPCError where Self.mayRepeat(error) && !Task.isCancelled {
                if !Self.isUndone(error) { mayHold = true }
                let left = end - console.clock()
                guard left > .zero else {
                    if mayHold { try? await release() }
                    throw error
                }
                if !isTold {
                    isTold = true
                    note("\(error); trying again until --wait is over")
                }
                guard (try? await Task.sleep(for: min(left, Self.pause).duration)) != nil else {
                    // Interrupted: what is given back is so all the same.
                    if mayHold { _ = await Task { try? await release() }.value }
                    throw CancellationError()
                }
            }
        }
    }

    private static func mayRepeat(_ error: RPCError) -> Bool {
        error.code == .unavailable || error.code == .deadlineExceeded
    }

    private static func isUndone(_ error: RPCError) -> Bool {
        error.isNotProcessed || error.reason == "NO_QUORUM"
    }
}

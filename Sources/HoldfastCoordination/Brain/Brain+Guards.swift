internal import HoldfastBase
internal import HoldfastNode

/// Requests about keys that are guarded by locks: whether the locks are so held is asked first, where this
/// server does not know that the key has the fence already.
extension Brain {
    /// - Returns: whether the request waits for an answer about locks.
    mutating func mustProve(_ call: CallID, _ request: CoordinationRequest) -> Bool {
        var locks: [String] = []
        for wish in request.keyWishes {
            guard let guarding = wish.guarding, guarding.proof == .none,
                !keys.knows(guarding, of: wish.name), !locks.contains(guarding.lock)
            else { continue }
            locks.append(guarding.lock)
        }
        guard !locks.isEmpty else { return false }
        start(.prove(request, locks), call, .read(names: locks))
        return true
    }

    /// A hanging node is not waited for where a quorum has the holders of all locks.
    mutating func proveEarly(_ key: SlotKey, _ round: Round) {
        guard case .prove(let request, let locks) = round.kind, let call = round.call,
            !round.open.isEmpty, round.yes.count >= cluster.configuration.quorum
        else { return }
        let states = states(of: locks, round)
        let quorum = cluster.configuration.quorum
        guard states.allSatisfy({ $0.strengths.contains { $0 >= quorum } }) else { return }
        rounds[key]?.call = nil
        proved(call, request, states)
    }

    func states(of locks: [String], _ round: Round) -> [LockState] {
        locks.indices.map { merge($0, round) }
    }

    /// The locks of a guarded request were read.
    mutating func proved(_ call: CallID, _ request: CoordinationRequest, _ states: [LockState]) {
        let until = now.instant + KeyGuard.proofLife
        requestedKeys(
            call,
            request.mappingGuards { guarding in
                guard let state = states.first(where: { $0.name == guarding.lock }) else { return }
                guarding.proof = proof(of: guarding.fence, by: state, until)
            })
    }

    /// What a quorum has said counts: a grant that one node has kept, and its missing one could have, is
    /// no more than possible.
    private func proof(
        of fence: Fence, by state: LockState, _ until: Instant
    ) -> KeyGuard.Proof {
        let quorum = cluster.configuration.quorum
        let sure = zip(state.grants, state.strengths).first { $0.1 >= quorum }?.0
        if let sure {
            let holder = sure.mode == .exclusive ? sure.fence : 0
            return holder == fence ? .held(until: until) : .refuted(holder)
        }
        return state.grants.isEmpty ? .refuted(0) : .undecided
    }
}

extension CoordinationRequest {
    /// What a request about keys wants, one by one.
    fileprivate var keyWishes: [KeyWish] {
        switch self {
        case .changeKey(let name, let operation, let change): [.change(name, operation, change)]
        case .batchKeys(let wishes): wishes
        default: []
        }
    }

    fileprivate func mappingGuards(_ body: (inout KeyGuard) -> Void) -> CoordinationRequest {
        func mapped(_ change: KeyChange) -> KeyChange {
            var change = change
            if var guarding = change.guarding {
                body(&guarding)
                change.guarding = guarding
            }
            return change
        }
        switch self {
        case .changeKey(let name, let operation, let change):
            return .changeKey(name, operation: operation, mapped(change))
        case .batchKeys(let wishes):
            return .batchKeys(
                wishes.map { wish in
                    guard case .change(let name, let operation, let change) = wish else {
                        return wish
                    }
                    return .change(name, operation, mapped(change))
                })
        default: return self
        }
    }
}

extension KeyWish {
    fileprivate var name: String {
        switch self {
        case .read(let name), .change(let name, _, _): name
        }
    }

    fileprivate var guarding: KeyGuard? {
        if case .change(_, _, let change) = self { change.guarding } else { nil }
    }
}

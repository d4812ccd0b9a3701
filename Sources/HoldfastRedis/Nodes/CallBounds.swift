internal import HoldfastNode

/// What a script call can carry. Scripts count in doubles, which are exact to 2^53.
///
/// Commands come from our own coordination, which stays far below; this keeps a wrong one from
/// becoming a wrong number.
enum CallBounds {
    /// Names of one lock step.
    static let namesMax = 64
    /// Grants put back by one call.
    static let seedsMax = 64
    static let fenceMax: UInt64 = 1 << 53
    /// Milliseconds, 317 years: a point in time stays below 10^14, which Lua writes in full.
    static let durationMax: UInt64 = 10_000_000_000_000
    /// Entries of one page, or taken away by one sweep.
    static let limitMax = 4096

    static func areNames(_ names: [String]) -> Bool { !names.isEmpty && names.count <= namesMax }

    static func isIn(_ step: AcquireStep) -> Bool {
        areNames(step.names) && step.ttlMilliseconds <= durationMax
            && step.lockDelayMilliseconds <= durationMax && step.proposed <= fenceMax
            && step.ticket <= fenceMax && step.claim <= fenceMax
    }

    static func isIn(_ seed: GrantSeed) -> Bool {
        areNames(seed.names) && seed.ttlMilliseconds <= durationMax
            && seed.lockDelayMilliseconds <= durationMax && seed.fence <= fenceMax
            && seed.sequence <= fenceMax
    }

    static func isIn(_ step: ReleaseStep) -> Bool {
        areNames(step.names) && step.next.map { isIn($0) } ?? true
            && step.waitingAgain.map { isIn($0) } ?? true
    }

    /// Whether every number of the command is one that scripts can count with.
    static func isIn(_ command: NodeCommand) -> Bool {
        switch command {
        case .acquire(let step): isIn(step)
        case .release(let step): isIn(step)
        case .raise(let names, _, let fence): areNames(names) && fence <= fenceMax
        case .renew(let names, _, let ttl, let seed):
            areNames(names) && ttl <= durationMax && seed.map { isIn($0) } ?? true
        case .change(let names, _, _, let proposed): areNames(names) && proposed <= fenceMax
        case .propose(_, _, let sequence, _): sequence <= fenceMax
        case .keepAlive(_, let ttl, _): ttl <= durationMax
        case .closeSession, .listGrants, .readGate, .confirm: true
        case .seed(_, let seeds): seeds.count <= seedsMax && seeds.allSatisfy { isIn($0) }
        case .sweep(let limit): (0...limitMax).contains(limit)
        case .read(let names): areNames(names)
        case .list(_, _, let limit), .queue(_, let limit): (0...limitMax).contains(limit)
        case .heartbeat(_, let lease, let watch): lease <= durationMax && watch <= durationMax
        case .changes(let after, let limit):
            after <= fenceMax && (0...limitMax).contains(limit)
        case .form(let identity): identity.epoch <= fenceMax
        case .raiseEpoch(let epoch): epoch <= fenceMax
        case .admit(let identity, let floor, let longest, _):
            identity.epoch <= fenceMax && floor <= fenceMax && longest <= durationMax
        case .register(_, let step): isIn(step)
        case .listRegisters(_, _, let limit), .copyRegisters(_, let limit):
            (1...limitMax).contains(limit)
        case .dueRegisters(let time, let limit):
            time <= fenceMax && (1...limitMax).contains(limit)
        case .learn(let floor, let entries):
            floor <= fenceMax && entries.count <= limitMax
                && entries.allSatisfy { isIn($0.ballot) && $0.value.due <= fenceMax }
        case .endLearning: true
        }
    }

    private static func isIn(_ ballot: Ballot) -> Bool {
        ballot.counter <= fenceMax && ballot.proposer <= fenceMax
    }

    private static func isIn(_ step: RegisterStep) -> Bool {
        switch step {
        case .read: true
        case .prepare(let ballot): isIn(ballot)
        case .accept(let ballot, let value, let next):
            isIn(ballot) && value.due <= fenceMax && next.map { isIn($0) } ?? true
        case .collect(let ballot, let floor): isIn(ballot) && floor <= fenceMax
        }
    }
}

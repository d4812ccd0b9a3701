import HoldfastCoordination
import HoldfastNode

/// Looks over the shoulder of a node: what was released for good, and buried, it must not grant when an
/// acquire of it comes late. Nobody may notice otherwise, because such a grant ends by itself.
struct BurialWatch {
    private struct Burial: Hashable {
        let grant: GrantID
        /// 0 is of all.
        let handling: UInt64
    }

    /// A little less than nodes remember.
    private static let memoryMicroseconds: UInt64 = 29_000_000

    private var until: [Burial: UInt64] = [:]
    /// By a clock that may be set: what was over once does not come back.
    private var latest: UInt64 = 0
    /// The first grant that was made too late.
    private(set) var breach: String?

    mutating func saw(_ command: NodeCommand, _ reply: NodeReply, microseconds: UInt64) {
        latest = max(latest, microseconds)
        switch (command, reply) {
        case (.acquire(let step), .acquire(.granted)): check(step)
        case (.release(let step), .released(_, let next)):
            if step.isBuried {
                until[Burial(grant: step.grant, handling: Claim.handling(step.claim))] =
                    microseconds + Self.memoryMicroseconds
            }
            if let heir = step.next, case .granted? = next { check(heir) }
        default: break
        }
    }

    /// It has lost its data.
    mutating func forget() { until = [:] }

    private mutating func check(_ step: AcquireStep) {
        for handling in [0, Claim.handling(step.claim)] {
            let end = until[Burial(grant: step.grant, handling: handling)] ?? 0
            guard end > latest, breach == nil else { continue }
            breach = "granted \(TraceText.id(step.grant)) after its release"
        }
    }
}

import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

/// What a server does with a node that does not vote, command by command.
@Suite("Membership")
struct MembershipStories {
    private static func cluster() -> Cluster {
        var configuration = ClusterConfiguration(cluster: 7, nodes: 3)
        configuration.mayForm = true
        return Cluster(configuration, salt: 1)
    }

    private static func readiness(_ node: NodeIndex, unfit: String? = nil) -> NodeReadiness {
        NodeReadiness(marker: 100 + UInt64(node), isDurable: true, unfitBecause: unfit)
    }

    /// What the node says when it is a member.
    private static func member(_ node: NodeIndex, epoch: UInt64 = 1) -> NodeReply {
        let identity = GateIdentity(cluster: 7, epoch: epoch, marker: 100 + UInt64(node))
        return .gate(Gate(identity: identity), isEmpty: true)
    }

    private static let empty = NodeReply.gate(nil, isEmpty: true)
    private static let second: Int64 = 1_000_000_000

    /// The commands to nodes, in words, since the last time.
    private func commands(_ cluster: inout Cluster) -> [String] {
        cluster.takeActions().compactMap { action in
            guard case .send(let node, _, let command) = action else { return nil }
            switch command {
            case .readGate: return "read \(node)"
            case .raiseEpoch(let epoch): return "raise \(node) to \(epoch)"
            default: return "other to \(node)"
            }
        }
    }

    @Test("a node that another server has formed meanwhile moves nobody to a new epoch")
    func formedMeanwhile() {
        var cluster = Self.cluster()
        for node in 0..<3 { cluster.connected(node, Self.readiness(node)) }
        cluster.replied(0, Self.empty, now: .zero)
        cluster.replied(1, Self.empty, now: .zero)
        cluster.replied(2, Self.member(2), now: .zero)
        _ = commands(&cluster)
        let later = Instant(nanoseconds: Self.second)
        cluster.beat(later)
        #expect(commands(&cluster) == ["read 0", "read 1"])
        // A quorum, and what is known of node 1 is a second old.
        cluster.replied(0, Self.member(0), now: later)
        #expect(cluster.hasQuorum)
        #expect(commands(&cluster) == ["read 1"])
        cluster.replied(1, Self.member(1), now: later)
        #expect(commands(&cluster).isEmpty)
        #expect(cluster.voters.count == 3 && cluster.epoch == 1)
    }

    @Test("a node that is empty still when it is looked at again is admitted")
    func stillEmpty() {
        var cluster = Self.cluster()
        for node in 0..<3 { cluster.connected(node, Self.readiness(node)) }
        cluster.replied(1, Self.empty, now: .zero)
        let later = Instant(nanoseconds: Self.second)
        cluster.replied(0, Self.member(0), now: later)
        cluster.replied(2, Self.member(2), now: later)
        #expect(commands(&cluster).suffix(1) == ["read 1"])
        // No answer: once more at the next beat.
        cluster.replied(1, .failed(.unknownOutcome), now: later)
        #expect(commands(&cluster) == ["read 1"])
        cluster.replied(1, Self.empty, now: later)
        #expect(commands(&cluster) == ["raise 0 to 2", "raise 2 to 2"])
    }

    @Test("what was wrong with a node is looked at again, and may be put right")
    func unfit() {
        var cluster = Self.cluster()
        cluster.connected(0, Self.readiness(0, unfit: "may evict"))
        cluster.replied(0, Self.member(0), now: .zero)
        #expect(cluster.members[0].state == .unfit("may evict"))
        _ = commands(&cluster)
        cluster.beat(Instant(nanoseconds: Self.second))
        #expect(commands(&cluster) == ["read 0"])
        cluster.replied(0, Self.member(0), now: Instant(nanoseconds: Self.second))
        #expect(cluster.members[0].state == .unfit("may evict"))
        cluster.connected(0, Self.readiness(0))
        cluster.replied(0, Self.member(0), now: Instant(nanoseconds: 2 * Self.second))
        #expect(cluster.members[0].state == .voting)
    }
}

import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

/// What a server does with a node that does not vote, command by command.
@Suite("Membership")
struct MembershipStories {
    private static func cluster() -> Cluster {
        var configuration = ClusterConfiguration(cluster: 7, nodes: 3)
        configuration.admissionSpread = .zero
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
        // The first look was before anything was known of the epoch: the absence begins now.
        cluster.replied(1, Self.empty, now: later)
        #expect(commands(&cluster).isEmpty)
        #expect(look(1, &cluster, seconds: 2) == ["raise 0 to 3", "raise 2 to 3"])
    }

    /// A beat at which a node that is out is looked at, as often as the server wants; what else it
    /// wants.
    private func look(_ node: NodeIndex, _ cluster: inout Cluster, seconds: Int64) -> [String] {
        let now = Instant(nanoseconds: seconds * Self.second)
        cluster.beat(now)
        for _ in 0..<4 {
            let wanted = commands(&cluster)
            guard wanted.contains("read \(node)") else { return wanted }
            cluster.replied(node, Self.empty, now: now)
        }
        return ["does not come to rest"]
    }

    /// All vote in epoch 1; then node 0 is without data.
    private func withoutFirst(ttl: UInt64) -> Cluster {
        var cluster = Self.cluster()
        cluster.granted(ttlMilliseconds: ttl)
        for node in 0..<3 {
            cluster.connected(node, Self.readiness(node))
            cluster.replied(node, Self.member(node), now: .zero)
        }
        cluster.refused(0, .missing)
        cluster.replied(0, Self.empty, now: .zero)
        _ = commands(&cluster)
        return cluster
    }

    @Test("an absence counts from the last look at which nobody can have admitted the node since")
    func absenceStartsAnew() {
        var cluster = withoutFirst(ttl: 5000)
        #expect(look(0, &cluster, seconds: 4).isEmpty)
        // Another server has admitted it into epoch 2, it has granted for five seconds, and it has
        // forgotten again; we see the epoch, and that the node is out as before.
        let seen = Instant(nanoseconds: 5 * Self.second)
        for node in 1...2 {
            cluster.refused(node, .other(GateIdentity(cluster: 7, epoch: 2, marker: 0)))
            cluster.replied(node, Self.member(node, epoch: 2), now: seen)
        }
        _ = commands(&cluster)
        #expect(look(0, &cluster, seconds: 6).isEmpty && cluster.epoch == 2)
        #expect(look(0, &cluster, seconds: 11).isEmpty)
        // The server that made epoch 2 may be about to admit it: it is given a while, and then kept
        // out by an epoch of our own, in which the absence begins anew.
        #expect(look(0, &cluster, seconds: 15) == ["raise 1 to 10", "raise 2 to 10"])
        let raised = Instant(nanoseconds: 15 * Self.second)
        for node in 1...2 { cluster.replied(node, Self.member(node, epoch: 10), now: raised) }
        #expect(commands(&cluster) == ["read 0"])
        cluster.replied(0, Self.empty, now: raised)
        #expect(look(0, &cluster, seconds: 19).isEmpty)
        #expect(look(0, &cluster, seconds: 21) == ["raise 1 to 18", "raise 2 to 18"])
        let again = Instant(nanoseconds: 21 * Self.second)
        for node in 1...2 { cluster.replied(node, Self.member(node, epoch: 18), now: again) }
        #expect(commands(&cluster) == ["other to 0"])
    }

    @Test("an epoch that was made for another node does not prolong an absence twice")
    func epochOfAnother() {
        var cluster = withoutFirst(ttl: 5000)
        let seen = Instant(nanoseconds: 3 * Self.second)
        for node in 1...2 {
            cluster.refused(node, .other(GateIdentity(cluster: 7, epoch: 3, marker: 0)))
            cluster.replied(node, Self.member(node, epoch: 3), now: seen)
        }
        _ = commands(&cluster)
        #expect(look(0, &cluster, seconds: 4).isEmpty)
        #expect(look(0, &cluster, seconds: 10) == ["raise 1 to 10", "raise 2 to 10"])
        let raised = Instant(nanoseconds: 10 * Self.second)
        for node in 1...2 { cluster.replied(node, Self.member(node, epoch: 10), now: raised) }
        #expect(commands(&cluster) == ["other to 0"])
    }

    @Test("epochs name the node that they admit")
    func epochNumbers() {
        #expect((0..<3).map { EpochNumber.after(1, admitting: $0) } == [2, 3, 4])
        #expect((0..<3).map { EpochNumber.after(3, admitting: $0) } == [10, 11, 4])
        #expect(EpochNumber.after(0, admitting: 6) == 8 && EpochNumber.after(8, admitting: 6) == 16)
        for node in 0..<7 {
            let epoch = EpochNumber.after(1234, admitting: node)
            #expect((0..<7).filter { EpochNumber.admits(epoch, $0) } == [node])
            #expect(epoch > 1234 && epoch <= 1242)
        }
        #expect(!(0..<7).contains { EpochNumber.admits(1, $0) })
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

import HoldfastCoordination
import HoldfastNode
import Testing

@Suite("What the facts of a node mean for its vote")
struct NodeReadinessTests {
    private var good: NodeFacts {
        NodeFacts(
            runID: "a", role: .master, replicationID: "b", maxmemoryPolicy: "noeviction",
            persistence: .always)
    }

    @Test("a master that writes through and never evicts is fit and durable")
    func fit() {
        let readiness = NodeReadiness(good)
        #expect(readiness.isDurable)
        #expect(readiness.unfitBecause == nil)
    }

    @Test("one that was promoted is another life, and may lack what its master acknowledged")
    func promoted() {
        var facts = good
        facts.replicationID = "c"
        facts.wasReplica = true
        let readiness = NodeReadiness(facts)
        #expect(!readiness.isDurable)
        #expect(readiness.marker != NodeReadiness(good).marker)
    }

    @Test("replicas and evicting nodes are refused, and what is not known counts as bad")
    func unfit() {
        var replica = good
        replica.role = .replica
        #expect(NodeReadiness(replica).unfitBecause?.contains("replica") == true)
        var evicting = good
        evicting.maxmemoryPolicy = "allkeys-lru"
        #expect(NodeReadiness(evicting).unfitBecause?.contains("noeviction") == true)
        var silent = good
        silent.runID = nil
        #expect(NodeReadiness(silent).unfitBecause != nil)
    }
}

/// A fault that a run can do to a cluster and take back.
package enum FaultKind: String, CaseIterable, Sendable {
    // One node.
    case killNode, killNodeEmpty, pauseNode, pauseNodeLong, flushNode, flushScripts, fillMemory
    case replicateNode, evictingNode, pauseClients, limitClients, fillDisk
    case clockAhead, clockBack
    // One server.
    case killServer, pauseServer, drainServer
    // The network between a server and a node.
    case cutNode, cutNodeAnswers, stallNode, slowNode, truncateNode
    // The network between callers and a server.
    case cutServer, cutServerAnswers, stallServer, truncateServer, corruptServer

    /// What is done.
    package var summary: String {
        switch self {
        case .killNode: "a node is killed and started again with what it has written"
        case .killNodeEmpty: "a node is killed and started again without its data"
        case .pauseNode: "a node stands still longer than its budget"
        case .pauseNodeLong: "a node stands still longer than the time to live"
        case .flushNode: "FLUSHALL"
        case .flushScripts: "SCRIPT FLUSH again and again"
        case .fillMemory: "maxmemory 1"
        case .replicateNode: "a node is made a replica of another, and a master again"
        case .evictingNode: "a node is told to evict"
        case .pauseClients: "CLIENT PAUSE"
        case .limitClients: "a node ends its connections and takes few new ones for a while"
        case .fillDisk: "the disk of a node is full"
        case .clockAhead: "the clock of a node is set ahead, and back"
        case .clockBack: "the clock of a node is set back, and ahead again"
        case .killServer: "a server is killed and started again"
        case .pauseServer: "a server stands still longer than the time to live"
        case .drainServer: "a server is asked to end, and started again"
        case .cutNode: "the connections of a server to a node are cut, again and again"
        case .cutNodeAnswers: "what a node answers a server is lost"
        case .stallNode: "what a node answers a server comes late"
        case .slowNode: "a node is as far away as another continent"
        case .truncateNode: "the connections of a server to a node end in the midst of a message"
        case .cutServer: "the connections of callers to a server are cut, again and again"
        case .cutServerAnswers: "what a server answers is lost"
        case .stallServer: "what a server answers comes late"
        case .truncateServer: "the connections of callers end in the midst of a message"
        case .corruptServer: "bytes between callers and a server are changed on their way"
        }
    }

    /// What the cluster must be made of.
    package func prepare(_ shape: inout ClusterShape) {
        switch self {
        case .fillDisk: shape.diskBytes = 4 << 20
        case .clockAhead, .clockBack: shape.hasClocks = true
        case .cutNode, .cutNodeAnswers, .stallNode, .slowNode, .truncateNode:
            shape.hasNodeProxies = true
        case .cutServer, .cutServerAnswers, .stallServer, .truncateServer, .corruptServer:
            shape.hasServerProxies = true
        default: break
        }
    }

    package func fits(_ shape: ClusterShape) -> Bool {
        switch self {
        case .fillDisk: shape.diskBytes != nil
        case .clockAhead, .clockBack: shape.hasClocks
        case .cutNode, .cutNodeAnswers, .stallNode, .slowNode, .truncateNode:
            shape.hasNodeProxies
        case .cutServer, .cutServerAnswers, .stallServer, .truncateServer, .corruptServer:
            shape.hasServerProxies
        case .killServer, .pauseServer, .drainServer: shape.servers > 1
        default: true
        }
    }
}

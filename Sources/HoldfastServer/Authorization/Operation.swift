package import HoldfastPolicy
package import HoldfastWire

/// Every operation of every service, with what decides who may do it.
///
/// This is the one choke point between "decoded" and "done": a request becomes an `Operation`, the
/// operation names the permissions it needs in one exhaustive `switch`, and a new operation does not
/// compile until it does. An operation that touches several keys names all of them.
package enum Operation: Sendable {
    case echo
    case echoStream
    case healthCheck
    case healthWatch
    case getServerInfo
    case listLimits
    case listConnections
    case listStreams
    case drain
    case reload
    case setLogLevel
    case getStatistics
    case listNodes
    case formCluster
    case advanceClock
    case lockAcquire([String])
    case lockRelease([String])
    case lockRead(String)
    case lockQueue(String)
    case lockList(prefix: String)
    case lockForce(String)
    case electionCampaign(String)
    case electionRead(String)
    case sessionUse
    case watchNames([String])
    case watchPrefix(String)
    /// Names of keys, as the nodes have them.
    case keyRead(String)
    case keyWrite(String)
    case keyDelete(String)
    case keyList(String)
    indirect case keyBatch([Operation])
    indirect case keyGuarded(Operation, lock: String)
    case keyWatchNames([String])

    /// The operation that a request to an async method asks for; `nil` for a message that is none,
    /// which must then be refused. Methods that answer in the tick name their operation themselves.
    package init?(_ request: any WireMessage) {
        switch request {
        case is EchoRequest: self = .echo
        case is EchoStreamRequest: self = .echoStream
        case is HealthServiceCheckRequest: self = .healthCheck
        case is HealthServiceWatchRequest: self = .healthWatch
        case is GetServerInfoRequest: self = .getServerInfo
        case is ListLimitsRequest: self = .listLimits
        case is ListConnectionsRequest: self = .listConnections
        case is ListStreamsRequest: self = .listStreams
        case is DrainRequest: self = .drain
        case is ReloadRequest: self = .reload
        case is SetLogLevelRequest: self = .setLogLevel
        case is GetStatisticsRequest: self = .getStatistics
        case is ListNodesRequest: self = .listNodes
        case is FormClusterRequest: self = .formCluster
        case is AdvanceClockRequest: self = .advanceClock
        default: return nil
        }
    }

    /// All permissions the operation needs.
    package var requiredPermissions: [Permission] {
        switch self {
        case .echo, .echoStream: [Permission(.echoCall)]
        case .healthCheck, .healthWatch: [Permission(.healthRead)]
        case .getServerInfo, .listLimits, .listConnections, .listStreams, .getStatistics:
            [Permission(.adminInspect)]
        case .drain: [Permission(.adminDrain)]
        case .reload: [Permission(.adminReload)]
        case .setLogLevel: [Permission(.adminLog)]
        case .listNodes: [Permission(.adminNodes)]
        case .formCluster: [Permission(.adminCluster)]
        case .advanceClock: [Permission(.adminClock)]
        case .lockAcquire(let names): names.map { Permission(.lockAcquire, key: Array($0.utf8)) }
        case .lockRelease(let names): names.map { Permission(.lockRelease, key: Array($0.utf8)) }
        case .lockRead(let name): [Permission(.lockRead, key: Array(name.utf8))]
        case .lockQueue(let name): [Permission(.lockQueue, key: Array(name.utf8))]
        case .lockList(let prefix): [Permission(.lockList, key: Array(prefix.utf8))]
        case .lockForce(let name): [Permission(.lockForce, key: Array(name.utf8))]
        case .electionCampaign(let name): [Permission(.electionCampaign, key: Array(name.utf8))]
        case .electionRead(let name): [Permission(.electionRead, key: Array(name.utf8))]
        case .sessionUse: [Permission(.sessionUse)]
        case .watchNames(let names): names.map { Permission(.watchRead, key: Array($0.utf8)) }
        case .watchPrefix(let prefix): [Permission(.watchRead, key: Array(prefix.utf8))]
        case .keyRead(let name): [Permission(.keyRead, key: Array(name.utf8))]
        case .keyWrite(let name): [Permission(.keyWrite, key: Array(name.utf8))]
        case .keyDelete(let name): [Permission(.keyDelete, key: Array(name.utf8))]
        case .keyList(let prefix): [Permission(.keyList, key: Array(prefix.utf8))]
        case .keyBatch(let operations): operations.flatMap(\.requiredPermissions)
        case .keyGuarded(let operation, let lock):
            operation.requiredPermissions + [Permission(.lockRead, key: Array(lock.utf8))]
        case .keyWatchNames(let names): names.map { Permission(.keyRead, key: Array($0.utf8)) }
        }
    }

    /// Whether it needs no permission that is audited, so that without a policy there is nothing to
    /// ask and nothing to write.
    package var isEveryday: Bool {
        switch self {
        case .echo, .echoStream, .healthCheck, .healthWatch, .lockAcquire, .lockRelease, .lockRead,
            .lockQueue, .lockList, .electionCampaign, .electionRead, .sessionUse, .watchNames,
            .watchPrefix, .keyRead, .keyWrite, .keyDelete, .keyList, .keyBatch,
            .keyGuarded, .keyWatchNames:
            true
        case .getServerInfo, .listLimits, .listConnections, .listStreams, .drain, .reload,
            .setLogLevel, .getStatistics, .listNodes, .formCluster, .advanceClock, .lockForce:
            false
        }
    }
}

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

    /// The operation a request asks for; `nil` for a message that is no request of ours, which must
    /// then be refused.
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
        default: return nil
        }
    }

    /// All permissions the operation needs.
    package var requiredPermissions: [Permission] {
        switch self {
        case .echo, .echoStream: [Permission(.echoCall)]
        case .healthCheck, .healthWatch: [Permission(.healthRead)]
        case .getServerInfo, .listLimits, .listConnections, .listStreams:
            [Permission(.adminInspect)]
        case .drain: [Permission(.adminDrain)]
        case .reload: [Permission(.adminReload)]
        case .setLogLevel: [Permission(.adminLog)]
        }
    }
}

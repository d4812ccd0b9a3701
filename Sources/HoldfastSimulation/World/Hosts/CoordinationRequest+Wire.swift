import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import HoldfastWire

/// What a request is on a connection, as the services have it.
extension CoordinationRequest {
    var isStream: Bool {
        switch self {
        case .watch, .watchSession: true
        default: false
        }
    }

    var streamKind: StreamKind {
        switch self {
        case .acquire(let wish): wish.waitMilliseconds > 0 ? .parked : .unary
        case .watch, .watchSession: .parked
        case .renew, .release, .keepAlive, .closeSession: .vital
        default: .unary
        }
    }

    /// Whether the server stops working for a caller that is gone.
    var isAbandonable: Bool {
        switch self {
        case .acquire, .change, .watch, .watchSession: true
        case .readKey, .changeKey, .batchKeys, .listKeys: true
        default: false
        }
    }

    /// The same with every sending.
    var requestID: [UInt8] {
        switch self {
        case .acquire(let wish): wish.grant.bytes
        case .changeKey(_, let operation, _): operation.bytes
        default: []
        }
    }

    var method: String {
        switch self {
        case .acquire: "holdfast.v1.LockService/Acquire"
        case .release: "holdfast.v1.LockService/Release"
        case .watch: "holdfast.v1.WatchService/Watch"
        case .readKey: "holdfast.v1.KeyService/GetKey"
        case .changeKey: "holdfast.v1.KeyService/PutKey"
        case .batchKeys: "holdfast.v1.KeyService/BatchKeys"
        case .listKeys: "holdfast.v1.KeyService/ListKeys"
        default: "holdfast.v1.LockService/Other"
        }
    }
}

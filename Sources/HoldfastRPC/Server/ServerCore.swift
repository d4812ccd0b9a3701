internal import HoldfastBase
internal import HoldfastSystem
package import HoldfastTLS
package import HoldfastWireProtocol
internal import Synchronization

/// What all loops of one server share: the methods, the protocol settings, the TLS context in force.
package final class ServerCore: Sendable {
    private let currentSettings: Mutex<ServerProtocolSettings>
    package let entries: [MethodEntry]
    /// The TLS context for the next connection; a reload changes it.
    let context: @Sendable () -> TLSContext
    /// Told what is worth a log line; called on the loops, must not wait.
    let observer: (any ServerObserver)?
    /// Connections get the descriptors below this number. The system hands out the lowest one that
    /// is free, so those above stay for probes, files and reloads.
    let connectionDescriptorsMax: Int
    let openConnections = Atomic<Int>(0)
    private let addresses = Mutex<[String: Int]>([:])

    package init(
        settings: ServerProtocolSettings, entries: [MethodEntry],
        observer: (any ServerObserver)? = nil, context: @escaping @Sendable () -> TLSContext
    ) {
        currentSettings = Mutex(settings)
        self.entries = entries
        self.observer = observer
        self.context = context
        let descriptors = Processes.descriptorsMax
        connectionDescriptorsMax = descriptors - min(64, descriptors / 4)
    }

    /// What new connections are given; open ones keep theirs.
    package var settings: ServerProtocolSettings {
        get { currentSettings.withLock { $0 } }
        set { currentSettings.withLock { $0 = newValue } }
    }

    /// Takes a place for a connection from `host`, or says which limit forbids it.
    func admit(host: String) -> AdmissionRefusal? {
        let limits = settings.limits
        let open = openConnections.add(1, ordering: .relaxed).newValue
        if open > limits.connectionsMax {
            openConnections.subtract(1, ordering: .relaxed)
            return .connectionsLimit
        }
        guard !host.isEmpty else { return nil }
        let isFull = addresses.withLock { counts in
            guard counts[host, default: 0] < limits.connectionsPerAddressMax else { return true }
            counts[host, default: 0] += 1
            return false
        }
        guard isFull else { return nil }
        openConnections.subtract(1, ordering: .relaxed)
        return .addressLimit
    }

    func leave(host: String) {
        openConnections.subtract(1, ordering: .relaxed)
        guard !host.isEmpty else { return }
        addresses.withLock { counts in
            let left = counts[host, default: 1] - 1
            counts[host] = left > 0 ? left : nil
        }
    }
}

/// Why a connection was closed as soon as it was accepted.
enum AdmissionRefusal: String, Sendable {
    case connectionsLimit = "connections_limit"
    case addressLimit = "connections_per_address_limit"
    case descriptorsLimit = "descriptors_limit"
}

/// What a server tells whoever keeps its log. Called on the loops: return at once.
package protocol ServerObserver: AnyObject, Sendable {
    /// A connection ended otherwise than by both sides' wish.
    func connectionEnded(peer: ServerContext.Peer, reason: String, detail: String)
    /// A connection is no more, for whatever reason.
    func connectionGone(_ connection: UInt64)
    /// A handshake failed.
    func handshakeFailed(address: String, failure: TLSFailure)
    /// A listener cannot accept for now.
    func acceptPaused(reason: String)
}

extension ServerObserver {
    package func connectionGone(_ connection: UInt64) {}
}

internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastTLS

/// Logs what operators want to know of connections: what ended them, when it was not the peer's or
/// our own wish.
final class ConnectionLog: ServerObserver {
    private let logger: Logger
    private let gone: @Sendable (UInt64) -> Void

    /// - Parameter gone: told the number of each connection that has ended, on its loop.
    init(logger: Logger, gone: @escaping @Sendable (UInt64) -> Void) {
        self.logger = logger
        self.gone = gone
    }

    func connectionGone(_ connection: UInt64) { gone(connection) }

    func connectionEnded(peer: ServerContext.Peer, reason: String, detail: String) {
        let isOrdinary = reason == "peer_closed" || reason == "drained"
        logger.log(
            isOrdinary ? .debug : .info, "connection ended", in: "rpc",
            [
                "reason": .text(reason), "detail": .text(detail), "peer": .text(peer.address),
                "principal": .text(peer.identity ?? ""), "connection": .number(peer.connection),
            ])
    }

    func handshakeFailed(address: String, failure: TLSFailure) {
        logger.log(
            failure.reason == .peerClosed ? .debug : .info, "TLS handshake failed", in: "tls",
            [
                "reason": .text(failure.reason.rawValue), "detail": .text(failure.description),
                "peer": .text(address),
            ])
    }

    func acceptPaused(reason: String) {
        logger.log(
            .error, "cannot accept connections for now", in: "rpc", ["reason": .text(reason)])
    }
}

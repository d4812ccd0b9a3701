import Glibc
import HoldfastTLS

/// Many connections that finish the handshake and then are silent.
final class IdleConnections {
    private let context: TLSContext
    private let address: String
    private let count: Int
    private var sockets: [PlainSocket] = []

    /// - Parameter sendsCA: Whether the authority is part of the chain that is sent, as it is by most clients
    ///   that are made with OpenSSL.
    init(_ daemon: Daemon, count: Int, sendsCA: Bool = false) throws {
        let folder = daemon.folder.path + "/holdfast-data/dev-ca"
        var chain = daemon.folder.read("holdfast-data/dev-ca/client.pem")
        if sendsCA { chain += daemon.folder.read("holdfast-data/dev-ca/ca.pem") }
        context = try TLSContext(
            client: TLSClientSettings(
                trustedCA: .file("\(folder)/ca.pem"),
                identity: .init(
                    certificateChain: .bytes(Array(chain.utf8), label: "chain"),
                    privateKey: .file("\(folder)/client-key.pem")), protocols: ["holdfast/1"]))
        address = daemon.lines("serving").first?["address"] ?? ""
        self.count = count
    }

    /// Opens them, each with its handshake done; the HELLO never comes.
    func open() async throws {
        for _ in 0..<count {
            let socket = try PlainSocket(address)
            var session = try TLSSession(
                client: context, descriptor: socket.descriptor, serverName: "localhost")
            guard case .complete = session.handshake() else { throw Failure("no handshake") }
            sockets.append(socket)
        }
    }
}

import Glibc
import HoldfastTLS

/// Many connections that finish the handshake and then are silent.
final class IdleConnections {
    private let context: TLSContext
    private let address: String
    private let count: Int
    private var sockets: [PlainSocket] = []

    init(_ daemon: Daemon, count: Int) throws {
        let folder = daemon.folder.path + "/holdfast-data/dev-ca"
        context = try TLSContext(
            client: TLSClientSettings(
                trustedCA: .file("\(folder)/ca.pem"),
                identity: .init(
                    certificateChain: .file("\(folder)/client.pem"),
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

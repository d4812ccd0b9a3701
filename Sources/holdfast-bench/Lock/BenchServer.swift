import Glibc
import HoldfastBase
import HoldfastRPC
import HoldfastSystem
import HoldfastTLS

/// A `holdfastd` of the run, from the folder of this program.
struct BenchServer {
    let process: ChildProcess
    let endpoint: Endpoint
    let opsPort: Int

    init(
        in folder: String, number: Int, nodes: [String], certificates: DevelopmentCertificates,
        pin: Int?, environment: [String] = []
    ) throws {
        let port = try FreePort.take()
        opsPort = try FreePort.take()
        var arguments = [
            try Self.binary(), "--listen", "127.0.0.1:\(port)", "--ops-listen",
            "127.0.0.1:\(opsPort)", "--data-dir", "\(folder)/server\(number)", "--log-format",
            "text", "--node-id", "server\(number)",
            "--tls-certificate", certificates.server.certificate,
            "--tls-key", certificates.server.key,
            "--tls-client-ca", certificates.authority.certificate,
        ]
        if !nodes.isEmpty {
            arguments += ["--redis-nodes", nodes.joined(separator: ","), "--cluster-form", "true"]
        }
        let log = "\(folder)/server\(number).log"
        process = try BenchProcesses.start(
            arguments, environment: environment, errors: log, pin: pin)
        endpoint = try Endpoint("127.0.0.1:\(port)")
        try waitForQuorum()
    }

    /// Until a quorum of its nodes votes.
    private func waitForQuorum() throws {
        let end = Clocks.now() + .seconds(15)
        while Clocks.now() < end {
            if let metrics = try? metrics(), let voting = metrics["holdfast_nodes_voting"],
                let quorum = metrics["holdfast_nodes_quorum"], quorum > 0, voting >= quorum
            {
                return
            }
            usleep(20_000)
        }
        throw BenchError("no quorum of nodes votes for \(endpoint)")
    }

    /// The samples of /metrics, by name and labels as they are written.
    func metrics() throws -> [String: Double] {
        let body = try HTTPQuestion.get("/metrics", port: opsPort)
        var samples: [String: Double] = [:]
        for line in body.split(separator: "\n") where !line.hasPrefix("#") {
            guard let blank = line.lastIndex(of: " ") else { continue }
            samples[String(line[..<blank])] = Double(line[line.index(after: blank)...])
        }
        return samples
    }

    /// Where this program lies, with a slash.
    static func folder() throws -> String {
        var path = [CChar](repeating: 0, count: 4096)
        let size = unsafe readlink("/proc/self/exe", &path, path.count)
        let own = String(
            decoding: path.prefix(max(0, size)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let slash = own.lastIndex(of: "/") else { throw BenchError("who am I?") }
        return String(own[...slash])
    }

    private static func binary() throws -> String {
        let file = try folder() + "holdfastd"
        guard unsafe access(file, X_OK) == 0 else {
            throw BenchError("\(file) is missing: swift build -c release --product holdfastd")
        }
        return file
    }
}

import Dispatch
import Glibc
import Holdfast

/// How the programs reach their servers: by HOLDFAST_ENDPOINTS, HOLDFAST_CA, HOLDFAST_CERT and HOLDFAST_KEY,
/// as `holdfastctl` does; without them, the development server that was started in this folder.
public func connection() throws -> ChannelConfiguration {
    let keys = "holdfast-data/dev-ca"
    return ChannelConfiguration(
        endpoints: try (variable("HOLDFAST_ENDPOINTS") ?? "127.0.0.1:7420").split(separator: ",")
            .map { try Endpoint(String($0)) },
        trustedCA: variable("HOLDFAST_CA") ?? "\(keys)/ca.pem",
        certificate: variable("HOLDFAST_CERT") ?? "\(keys)/client.pem",
        privateKey: variable("HOLDFAST_KEY") ?? "\(keys)/client-key.pem")
}

/// A variable of the environment.
public func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}

/// Writes a line at once, whole, also where the output is a file that others write to.
public func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
}

/// The lines of the input, as they come. A thread of its own waits for them, not one that runs tasks.
public func inputLines() -> AsyncStream<String> {
    AsyncStream { continuation in
        DispatchQueue.global().async {
            while let line = readLine() { continuation.yield(line) }
            continuation.finish()
        }
    }
}

/// Says why a program cannot go on, and ends it.
public func fail(_ reason: String, status: Int32 = 1) -> Never {
    let bytes = Array((reason + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
    exit(status)
}

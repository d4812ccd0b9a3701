import Glibc
import Holdfast

// hello-lock [ADDRESS]: run it where holdfastd was started; its development certificates are there.
let address = CommandLine.arguments.dropFirst().first ?? "127.0.0.1:7420"
let keys = "holdfast-data/dev-ca"
do {
    let configuration = ChannelConfiguration(
        endpoints: [try Endpoint(address)], trustedCA: "\(keys)/ca.pem",
        certificate: "\(keys)/client.pem", privateKey: "\(keys)/client-key.pem")
    try await withHoldfast(configuration) { client in
        try await client.withLock("hello") { lock in
            print("hello from under a lock, fence \(lock.fence)")
        }
    }
} catch {
    print("hello-lock: \(error)")
    exit(1)
}

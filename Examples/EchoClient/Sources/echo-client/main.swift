import Glibc
import Holdfast

// Run it where holdfastd was started: that is where its development certificates are.
let keys = "holdfast-data/dev-ca"
do {
    let configuration = ChannelConfiguration(
        endpoints: [try Endpoint("127.0.0.1:7420")], trustedCA: "\(keys)/ca.pem",
        certificate: "\(keys)/client.pem", privateKey: "\(keys)/client-key.pem")
    let payload = try await withHoldfast(configuration) { client in
        try await client.echo.echo(EchoRequest(payload: Array("hello".utf8))).payload
    }
    print(String(decoding: payload, as: UTF8.self))
} catch {
    print("echo-client: \(error)")
    exit(1)
}

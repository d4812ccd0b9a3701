import Glibc
import HoldfastTLS
import Testing

/// What only the openssl command makes: keys that are too long, and certs/make's files.
@Suite("Made by the openssl command")
struct CommandLineTests {
    private let folder = Folder()

    private func run(_ command: String) throws {
        let status = unsafe system("cd '\(folder.path)' && { \(command); } >log 2>&1")
        try #require(status == 0, "\(command)")
    }

    private func client(_ chain: String, _ key: String, trusting ca: String) throws -> TLSContext {
        try TLSContext(
            client: TLSClientSettings(
                trustedCA: .file(folder[ca]),
                identity: .init(
                    certificateChain: .file(folder[chain]), privateKey: .file(folder[key]))
            ))
    }

    @Test("an RSA key over the limit is refused, as ours and in a peer's chain")
    func longKey() throws {
        let issuer = try Issuer()
        folder.write("ca.pem", try issuer.authority.certificatePEM())
        folder.write("ca-key.pem", try issuer.authority.keyPEM())
        folder.write("ca.ext", Array("basicConstraints=critical,CA:TRUE\n".utf8))
        folder.write("leaf.ext", Array("subjectAltName=URI:holdfast://a/b\n".utf8))
        // Several primes, because two of this length take minutes to find.
        try run(
            """
            openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:8256 \
                -pkeyopt rsa_keygen_primes:5 -out long-key.pem &&
            openssl req -new -subj /CN=long -key long-key.pem -out long.csr &&
            openssl x509 -req -in long.csr -CA ca.pem -CAkey ca-key.pem -set_serial 1 -days 2 \
                -extfile ca.ext -out long.pem &&
            openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out leaf-key.pem &&
            openssl req -new -subj /CN=leaf -key leaf-key.pem -out leaf.csr &&
            openssl x509 -req -in leaf.csr -CA long.pem -CAkey long-key.pem -set_serial 2 -days 2 \
                -extfile leaf.ext -out leaf.pem &&
            cat leaf.pem long.pem > chain.pem
            """)
        let own = #expect(throws: TLSError.self) {
            try client("long.pem", "long-key.pem", trusting: "ca.pem")
        }
        #expect(own?.code == .keyUnsuitable)
        let met = try Encounter(
            client("chain.pem", "leaf-key.pem", trusting: "ca.pem"), issuer.server(clients: issuer))
        #expect(met.server.failure?.reason == .keyTooLarge)
        #expect(met.clientRead?.failure?.isAuthentication == true)
    }

    @Test("what certs/make makes works, is kept, and verifies")
    func certsMake() throws {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        let make = parts.joined(separator: "/") + "/certs/make"
        let options = "--out made --server localhost,10.0.0.7 --client holdfast://shop/orders"
        try run("'\(make)' \(options)")
        try run("openssl verify -x509_strict -CAfile made/ca.pem made/server.pem made/orders.pem")
        let files = TLSServerFiles(
            certificateChain: folder["made/server.pem"], privateKey: folder["made/server-key.pem"],
            clientCA: folder["made/ca.pem"])
        let reloader = try TLSReloader(serverFiles: files)
        let dialler = try client("made/orders.pem", "made/orders-key.pem", trusting: "made/ca.pem")
        for name in ["localhost", "10.0.0.7"] {
            let met = try Encounter(dialler, reloader.current, name: name)
            #expect(met.identity?.text == "holdfast://shop/orders")
        }
        #expect(folder.mode("made/orders-key.pem") == 0o600)
        try run("'\(make)' \(options)")
        #expect(!reloader.filesChanged())
        try run("! '\(make)' --out made --server elsewhere.example")
        try run("'\(make)' \(options) --force")
        #expect(reloader.reload() == .replaced(reloader.current.facts))
    }
}

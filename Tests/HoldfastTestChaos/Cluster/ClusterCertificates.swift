import HoldfastTLS

/// One CA for all servers and callers of a run.
enum ClusterCertificates {
    static func write(to scratch: Scratch) throws {
        let authority = try CertificateAuthority.makeRoot(commonName: "chaos")
        try scratch.write("ca.pem", try authority.certificatePEM())
        let server: [SubjectName] = [try .dns("localhost"), try .address("127.0.0.1")]
        for (name, names, purpose) in [
            ("server", server, CertificateRequest.Purpose.server),
            ("client", [try .uri("holdfast://chaos/client")], .client),
        ] {
            let made = try authority.issue(
                CertificateRequest(commonName: name, names: names, purpose: purpose))
            try scratch.write("\(name)-key.pem", made.keyPEM)
            try scratch.write("\(name).pem", made.certificatePEM)
        }
    }
}

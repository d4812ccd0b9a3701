/// Certificates for the first run: a CA, a server, a client and an administrator, made on this
/// machine and good for nothing else.
///
/// What exists and is still good for a day is left alone, so that clients that were started with
/// it go on. Several processes may ask at once: the first one makes the files, under a lock, and
/// each file appears whole. A CA that is of no use any more is put aside and not overwritten: somebody
/// may have put it there and wonder why no client gets in.
package enum DevelopmentCA {
    private static let remainingSecondsMin: Int64 = 86_400
    private static let authorityDays = 365
    private static let leafDays = 90

    /// Makes what is missing or nearly expired in `directory`, and says where it is.
    package static func ensure(
        in directory: String
    ) throws(TLSError) -> DevelopmentCertificates {
        var files = DevelopmentCertificates(directory: directory)
        try SystemFile.makePrivateDirectory(directory)
        try SystemFile.withLock("\(directory)/.lock") { () throws(TLSError) in
            let authority = try ensureAuthority(&files)
            try ensureLeaf(files.server, authority, try serverRequest())
            try ensureLeaf(files.client, authority, try clientRequest("client"))
            try ensureLeaf(files.admin, authority, try clientRequest("admin"))
        }
        return files
    }

    private static func serverRequest() throws(TLSError) -> CertificateRequest {
        CertificateRequest(
            commonName: "Holdfast development server",
            names: [try .dns("localhost"), try .address("127.0.0.1"), try .address("::1")],
            purpose: .server, days: leafDays)
    }

    private static func clientRequest(_ role: String) throws(TLSError) -> CertificateRequest {
        CertificateRequest(
            commonName: "Holdfast development \(role)",
            names: [try .uri("holdfast://dev/\(role)")], purpose: .client, days: leafDays)
    }

    private static func ensureAuthority(
        _ files: inout DevelopmentCertificates
    ) throws(TLSError) -> CertificateAuthority {
        let pair = files.authority
        let why: String
        do throws(TLSError) {
            let found = try CertificateAuthority(
                certificate: .file(pair.certificate), key: .file(pair.key))
            if lasts(found.facts) { return found }
            why = "The development CA ends within a day."
        } catch {
            why = error.description
        }
        var kept: [String] = []
        for path in [pair.certificate, pair.key] {
            if let aside = try SystemFile.putAside(path) { kept.append(aside) }
        }
        files.origin = kept.isEmpty ? .made : .replaced(why: why, kept: kept)
        let made = try CertificateAuthority.makeRoot(
            commonName: "Holdfast development CA", days: authorityDays)
        try SystemFile.write(try made.keyPEM(), to: pair.key, mode: 0o600)
        try SystemFile.write(try made.certificatePEM(), to: pair.certificate, mode: 0o644)
        return made
    }

    private static func ensureLeaf(
        _ pair: DevelopmentCertificates.Pair, _ authority: CertificateAuthority,
        _ request: CertificateRequest
    ) throws(TLSError) {
        if isGood(pair, authority) { return }
        let made = try authority.issue(request)
        try SystemFile.write(made.keyPEM, to: pair.key, mode: 0o600)
        try SystemFile.write(made.certificatePEM, to: pair.certificate, mode: 0o644)
    }

    /// Any damage is a reason to make it anew.
    private static func isGood(
        _ pair: DevelopmentCertificates.Pair, _ authority: CertificateAuthority
    ) -> Bool {
        guard
            let leaf = try? Certificate.readAll(
                .file(pair.certificate), countMax: TLSLimits.chainCertificatesMax)[0],
            let key = try? PrivateKey.read(.file(pair.key))
        else { return false }
        return leaf.matches(key) && authority.hasSigned(leaf) && lasts(leaf.facts)
    }

    private static func lasts(_ facts: CertificateFacts) -> Bool {
        let remaining = facts.notAfterMilliseconds - Certificate.nowMilliseconds()
        return remaining > remainingSecondsMin * 1000
    }
}

/// Certificates for a small installation, made into a folder: an authority, servers' and clients'.
///
/// An authority that is there signs the others; nothing is ever overwritten, and nothing is made at
/// all where one file is in the way: half of a set would be worse than none.
package enum NewCertificates {
    private static let authorityDays = 365
    private static let serversDefault = ["localhost", "127.0.0.1", "::1"]
    private static let clientsDefault = ["holdfast://local/client", "holdfast://local/admin"]
    /// Names of one certificate, and certificates of one run.
    private static let namesMax = 64

    /// A certificate and its key.
    package struct File: Hashable, Sendable {
        package let certificate: String
        package let key: String
        /// Who or where it is; empty for the authority.
        package let names: [String]
        package let isServer: Bool
        package let isNew: Bool
        package let days: Int
    }

    private struct Wish {
        let name: String
        let names: [String]
        let request: CertificateRequest
    }

    /// Makes them; the authority comes first.
    ///
    /// - Parameters:
    ///   - servers: names and addresses of the one server certificate.
    ///   - clients: a URI for each client's.
    package static func make(
        in directory: String, servers: [String], clients: [String], days: Int
    ) throws(TLSError) -> [File] {
        let authority = DevelopmentCertificates(directory: directory).authority
        let isThere = SystemFile.exists(authority.certificate) || SystemFile.exists(authority.key)
        let isAsked = !servers.isEmpty || !clients.isEmpty
        if isThere, !isAsked {
            throw TLSError(
                .fileExists,
                "There is an authority in \(directory) already: say with --server or --client what "
                    + "it is to sign, or name another directory.")
        }
        let wishes = try wishes(
            // A new authority alone, or clients without a server, are of no use to anybody.
            servers: isThere || !servers.isEmpty ? servers : serversDefault,
            clients: isThere || !clients.isEmpty ? clients : clientsDefault, days: days)
        try SystemFile.makePrivateDirectory(directory)
        return try SystemFile.withLock("\(directory)/.lock") { () throws(TLSError) in
            let pairs = wishes.map { pair(directory, $0.name) }
            for path in pairs.flatMap({ [$0.certificate, $0.key] }) where SystemFile.exists(path) {
                throw TLSError(
                    .fileExists,
                    "\(path) is there already, and nothing is overwritten: move it away, or name "
                        + "another directory.")
            }
            let signer: CertificateAuthority
            if isThere {
                signer = try CertificateAuthority(
                    certificate: .file(authority.certificate), key: .file(authority.key))
            } else {
                signer = try newAuthority(authority, days: max(days, authorityDays))
            }
            var files = [
                File(
                    certificate: authority.certificate, key: authority.key, names: [],
                    isServer: false, isNew: !isThere, days: max(days, authorityDays))
            ]
            for (wish, pair) in zip(wishes, pairs) {
                let made = try signer.issue(wish.request)
                try SystemFile.write(made.keyPEM, to: pair.key, mode: 0o600)
                try SystemFile.write(made.certificatePEM, to: pair.certificate, mode: 0o644)
                files.append(
                    File(
                        certificate: pair.certificate, key: pair.key, names: wish.names,
                        isServer: wish.request.purpose == .server, isNew: true, days: days))
            }
            return files
        }
    }

    private static func newAuthority(
        _ pair: DevelopmentCertificates.Pair, days: Int
    ) throws(TLSError) -> CertificateAuthority {
        let made = try CertificateAuthority.makeRoot(commonName: "Holdfast CA", days: days)
        try SystemFile.write(try made.keyPEM(), to: pair.key, mode: 0o600)
        try SystemFile.write(try made.certificatePEM(), to: pair.certificate, mode: 0o644)
        return made
    }

    private static func pair(_ directory: String, _ name: String) -> DevelopmentCertificates.Pair {
        .init(certificate: "\(directory)/\(name).pem", key: "\(directory)/\(name)-key.pem")
    }

    private static func wishes(
        servers: [String], clients: [String], days: Int
    ) throws(TLSError) -> [Wish] {
        guard servers.count <= namesMax, clients.count <= namesMax else {
            throw TLSError(.invalidSubject, "At most \(namesMax) servers and as many clients.")
        }
        var wishes: [Wish] = []
        if !servers.isEmpty {
            var names: [SubjectName] = []
            for server in servers { names.append(try .host(server)) }
            wishes.append(
                Wish(
                    name: "server", names: servers,
                    request: CertificateRequest(
                        commonName: "Holdfast server", names: names, purpose: .server, days: days)))
        }
        for client in clients {
            let name = try fileName(client)
            guard !wishes.contains(where: { $0.name == name }) else {
                throw TLSError(
                    .invalidSubject, "Two certificates would be called \(name): name them apart.")
            }
            wishes.append(
                Wish(
                    name: name, names: [client],
                    request: CertificateRequest(
                        commonName: "Holdfast \(name.prefix(50))", names: [try .uri(client)],
                        purpose: .client, days: days)))
        }
        return wishes
    }

    /// The last part of the URI, which must do as the name of a file.
    private static func fileName(_ uri: String) throws(TLSError) -> String {
        let name = uri.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == ":" }.last ?? ""
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isPlain, !name.isEmpty, !name.hasPrefix("."), name.utf8.count <= 128,
            !["ca", "server"].contains(name), !name.hasSuffix("-key")
        else {
            throw TLSError(
                .invalidSubject,
                "The URI of a client ends in a name that a file can have, and not in ca, server or "
                    + "-key: as in holdfast://team/service.")
        }
        return String(name)
    }
}

/// Where the files of a development CA are.
package struct DevelopmentCertificates: Hashable, Sendable {
    /// A certificate and its key.
    package struct Pair: Hashable, Sendable {
        /// The certificate's file.
        package let certificate: String
        /// The key's file.
        package let key: String
    }

    /// What became of the CA.
    package enum Origin: Hashable, Sendable {
        /// It was there.
        case found
        /// There was none.
        case made
        /// One that was there is of no use: why, and where its files are now.
        case replaced(why: String, kept: [String])
    }

    /// The directory that holds them all.
    package let directory: String
    /// Where the CA comes from.
    package internal(set) var origin = Origin.found

    /// The CA: what both ends trust.
    package var authority: Pair { pair("ca") }
    /// The server's, for `localhost`, `127.0.0.1` and `::1`.
    package var server: Pair { pair("server") }
    /// A client's, known as `holdfast://dev/client`.
    package var client: Pair { pair("client") }
    /// An administrator's, known as `holdfast://dev/admin`.
    package var admin: Pair { pair("admin") }

    private func pair(_ name: String) -> Pair {
        Pair(certificate: "\(directory)/\(name).pem", key: "\(directory)/\(name)-key.pem")
    }
}

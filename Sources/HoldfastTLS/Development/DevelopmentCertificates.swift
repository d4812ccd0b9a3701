/// Where the files of a development CA are.
package struct DevelopmentCertificates: Hashable, Sendable {
    /// A certificate and its key.
    package struct Pair: Hashable, Sendable {
        /// The certificate's file.
        package let certificate: String
        /// The key's file.
        package let key: String
    }

    /// The directory that holds them all.
    package let directory: String

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

import Foundation
import HoldfastTLS

/// A CA of one test that writes what a daemon and its callers need into a folder.
struct Authority {
    private let authority: CertificateAuthority

    init(_ name: String) throws { authority = try .makeRoot(commonName: name) }

    /// Writes ca.pem, and server.pem and client.pem with their keys, into `directory` of `folder`.
    func write(to directory: String, of folder: Folder, server: String = "localhost") throws {
        try folder.makeDirectory(directory)
        try write(try authority.certificatePEM(), folder, "\(directory)/ca.pem")
        let names: [SubjectName] = [try .dns(server), try .address("127.0.0.1")]
        try issue("server", names, .server, directory, folder)
        try issue("client", [try .uri("holdfast://test/client")], .client, directory, folder)
    }

    private func issue(
        _ name: String, _ names: [SubjectName], _ purpose: CertificateRequest.Purpose,
        _ directory: String, _ folder: Folder
    ) throws {
        let made = try authority.issue(
            CertificateRequest(commonName: name, names: names, purpose: purpose))
        try write(made.keyPEM, folder, "\(directory)/\(name)-key.pem")
        try write(made.certificatePEM, folder, "\(directory)/\(name).pem")
    }

    private func write(_ bytes: [UInt8], _ folder: Folder, _ name: String) throws {
        try folder.write(name, String(decoding: bytes, as: UTF8.self))
    }
}

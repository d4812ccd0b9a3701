internal import COpenSSL

/// Everything that sessions of one kind share: certificates, trust and policy. Immutable; a
/// reload makes a new one and sessions keep the one they began with.
@safe
package final class TLSContext: @unchecked Sendable {
    // Proof of `Sendable`: all stored values are constants. The SSL_CTX behind the pointer is
    // never changed after `init`; OpenSSL counts its references atomically and locks what it
    // changes in it by itself (the session cache, which is off, and statistics).

    let pointer: OpaquePointer
    let protocols: ProtocolList
    /// Which end of connections it is for.
    package let role: TLSRole
    /// What it was made of.
    package let facts: TLSFacts

    /// Reads and tests a server's material.
    package init(server settings: TLSServerSettings) throws(TLSError) {
        guard settings.clientCA != nil || !settings.requireClientCertificate else {
            throw TLSError(
                .invalidSettings,
                "Client certificates are required but no CA for them is given: name the file "
                    + "with the CA that signs them, or do not require them.")
        }
        let protocols = try ProtocolList(settings.protocols)
        var builder = try ContextBuilder.begin(.server, protocols)
        try builder.present(settings.certificateChain, settings.privateKey)
        if let clientCA = settings.clientCA {
            try builder.trust(clientCA)
            builder.verifyPeer(isRequired: settings.requireClientCertificate)
        }
        unsafe self.pointer = builder.share()
        self.protocols = protocols
        self.role = .server
        self.facts = TLSFacts(leaf: builder.leaf, authority: builder.authority)
    }

    /// Reads and tests a client's material. A client always verifies the server.
    package init(client settings: TLSClientSettings) throws(TLSError) {
        let protocols =
            settings.protocols.isEmpty ? ProtocolList() : try ProtocolList(settings.protocols)
        var builder = try ContextBuilder.begin(.client, protocols)
        if let identity = settings.identity {
            try builder.present(identity.certificateChain, identity.privateKey)
        }
        if let trustedCA = settings.trustedCA {
            try builder.trust(trustedCA)
        } else {
            try builder.trustSystem()
        }
        builder.verifyPeer(isRequired: true)
        unsafe self.pointer = builder.share()
        self.protocols = protocols
        self.role = .client
        self.facts = TLSFacts(leaf: builder.leaf, authority: builder.authority)
    }

    deinit {
        unsafe SSL_CTX_free(pointer)
    }
}

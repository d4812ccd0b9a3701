internal import HoldfastTLS

/// What `certs new` has made, and how it is used.
enum CertificatesAnswer {
    static func make(
        _ made: [NewCertificates.File], absolute: @escaping @Sendable (String) -> String
    ) -> Answer {
        let json = JSONValue.object([
            "certificates": .list(
                made.map { file in
                    .object([
                        "certificate": .text(absolute(file.certificate)),
                        "key": .text(absolute(file.key)),
                        "names": .list(file.names.map { .text($0) }),
                        "made": .bool(file.isNew), "days": .number(UInt64(file.days)),
                    ])
                })
        ])
        return Answer(json: json) { surface in
            var text = ""
            for file in made {
                let word = file.isNew ? surface.paint.apply(.good, "made") : "kept"
                let names = file.names.isEmpty ? "" : "  (\(file.names.joined(separator: ", ")))"
                text += "\(word)  \(HumanText.foreign(absolute(file.certificate)))"
                text += HumanText.foreign(names) + "\n"
            }
            return text + use(made, absolute)
        }
    }

    private static func use(
        _ made: [NewCertificates.File], _ absolute: (String) -> String
    ) -> String {
        guard let authority = made.first.map({ HumanText.foreign(absolute($0.certificate)) }) else {
            return ""
        }
        var text = "\n"
        if let server = made.first(where: { $0.isServer }) {
            text += """
                Start the server with
                  holdfastd --tls-certificate \(HumanText.foreign(absolute(server.certificate))) \\
                      --tls-key \(HumanText.foreign(absolute(server.key))) \\
                      --tls-client-ca \(authority)

                """
        }
        if let client = made.first(where: { !$0.isServer && !$0.names.isEmpty }) {
            text += """
                Keep how to reach it, as \(client.names[0]), with
                  holdfastctl context set NAME endpoints=HOST:PORT ca=\(authority) \\
                      cert=\(HumanText.foreign(absolute(client.certificate))) \\
                      key=\(HumanText.foreign(absolute(client.key)))

                """
        }
        return text + "Keep ca-key.pem away from servers: whoever has it can be everybody.\n"
    }
}

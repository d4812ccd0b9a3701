internal import HoldfastBase

/// The versions of this program and, where it was asked, of the server.
package enum VersionAnswer {
    package static func make(server: String?, endpoint: String) -> Answer {
        let json = JSONValue.object([
            "client": .text(BuildInfo.version),
            "server": server.map { .text($0) } ?? .null,
        ])
        return Answer(json: json) { _ in
            let own = "holdfastctl  \(BuildInfo.version)\n"
            guard let server else { return own }
            return own + "server       \(HumanText.foreign(server)) at \(endpoint)\n"
        }
    }
}

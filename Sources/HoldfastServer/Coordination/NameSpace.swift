/// Where the names of each service lie among those of the nodes, to which a name means nothing.
///
/// Locks and elections are kept alike and must never meet, so each has a prefix of its own, which no
/// caller sees.
package enum NameSpace: String, Sendable {
    case lock = "l/"
    case election = "e/"

    /// The name as the nodes have it.
    package func wrap(_ name: String) -> String { rawValue + name }

    package func wrap(_ names: [String]) -> [String] { names.map { rawValue + $0 } }

    package func contains(_ name: String) -> Bool {
        name.utf8.starts(with: rawValue.utf8)
    }

    /// The name as the caller gave it.
    package func strip(_ name: String) -> String {
        // By bytes: a name may begin with a mark that would join the prefix to one character.
        String(Substring(name.utf8.dropFirst(rawValue.utf8.count)))
    }
}

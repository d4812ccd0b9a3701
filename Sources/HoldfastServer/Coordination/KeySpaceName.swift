/// A space of keys, and how its keys are named on the nodes.
package struct KeySpaceName: Hashable, Sendable {
    package let text: String

    /// Where keys lie for which nobody names a space.
    package static let standard = KeySpaceName(text: "default")

    /// The name as the nodes have it.
    package func wrap(_ key: String) -> String { "\(text)/\(key)" }

    /// The key as the caller gave it.
    package func strip(_ name: String) -> String {
        // By bytes: a key may begin with a mark that would join the slash to one character.
        String(Substring(name.utf8.dropFirst(text.utf8.count + 1)))
    }
}

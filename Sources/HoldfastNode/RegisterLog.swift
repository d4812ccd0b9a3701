/// How registers stand in a node's log of changes, beside locks.
package enum RegisterLog {
    package static func entry(_ name: String) -> String { "\u{1}" + name }

    /// The register of an entry, `nil` where it is a lock.
    package static func register(_ entry: String) -> String? {
        entry.utf8.first == 1 ? String(Substring(entry.utf8.dropFirst())) : nil
    }
}

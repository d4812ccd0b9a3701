import HoldfastBase

/// Who may do what.
///
/// ```
/// role operator {
///     allow admin.* health.read on *
///     deny admin.drain on *
/// }
/// role orders { allow echo.call on "orders/" ; deny echo.call on "orders/secret" }
/// bind spiffe://example.org/ops/* -> operator orders
/// bind spiffe://example.org/shop -> orders
/// ```
///
/// *Default deny, deny wins.* A principal has the roles of every binding that matches it. A
/// permission is given when some rule of these roles allows it and none denies it; order in the
/// file means nothing.
///
/// *Principals* are compared byte for byte. A pattern may end in `/*` and then means everything
/// below, at any depth, but not the name itself; no other wildcard exists, and a pattern must name
/// at least the trust domain. A caller without a certificate is the empty principal, which nothing
/// can be bound to.
///
/// *Keys* are bytes, compared byte for byte. `"orders/"` means every key that begins with it, and
/// ends at a `/`, so that it can never take in `orders-archive`; a text without `/` at its end
/// means exactly that key; `*` or `""` means every key. Verbs without a key are matched by `*`
/// alone.
///
/// A policy is immutable. A connection asks once for the `PolicyGrants` of its principal and
/// decides with those; a reload makes a new policy, and connections ask again.
package struct Policy: Sendable {
    /// SHA-256 of the file.
    package let digest: [UInt8]
    let roles: [PolicyRole]
    let bindings: [PolicyBinding]
    private let exact: [String: [Int]]
    private let patterns: [String: [Int]]

    /// Reads the policy in `text`; `file` is its name, for messages.
    package init(_ text: [UInt8], file: String) throws(PolicyRejection) {
        var parser = PolicyParser(text)
        parser.run()
        guard parser.problems.isEmpty else {
            throw PolicyRejection(file: file, problems: parser.problems)
        }
        digest = SHA256.digest(of: text)
        roles = parser.roles
        bindings = parser.bindings
        var exact: [String: [Int]] = [:]
        var patterns: [String: [Int]] = [:]
        for (index, binding) in parser.bindings.enumerated() {
            if binding.isPattern {
                patterns[binding.text, default: []].append(index)
            } else {
                exact[binding.text, default: []].append(index)
            }
        }
        self.exact = exact
        self.patterns = patterns
    }

    /// What `principal` may do. Costs a look-up for each `/` in its name: ask once a connection.
    package func grants(for principal: String) -> PolicyGrants {
        let roles = Set(bindings(for: principal).flatMap { bindings[$0].roles }).sorted()
        return PolicyGrants(roles.flatMap { self.roles[$0].rules })
    }

    /// Whether `principal` has all of `permissions`.
    package func decide(_ principal: String, _ permissions: [Permission]) -> PolicyDecision {
        grants(for: principal).decide(permissions)
    }

    /// The bindings that match, in the order of the file.
    func bindings(for principal: String) -> [Int] {
        guard !principal.isEmpty else { return [] }
        var found = exact[principal] ?? []
        let bytes = principal.utf8
        var index = bytes.startIndex
        while let slash = bytes[index...].firstIndex(of: UInt8(ascii: "/")) {
            index = bytes.index(after: slash)
            // Below a pattern means that something follows the slash.
            if index < bytes.endIndex { found += patterns[String(principal[..<index])] ?? [] }
        }
        return found.sorted()
    }
}

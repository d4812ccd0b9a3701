/// The rules that apply to one principal, arranged for deciding.
///
/// Most verbs of most principals are allowed everywhere and denied nowhere; for these a decision is
/// one test of a bit. For the rest the rules are read in turn, denials first, and the set of verbs
/// in front of each rule spares the comparison of bytes.
package struct PolicyGrants: Sendable {
    private let denials: [PolicyRule]
    private let allowances: [PolicyRule]
    private let allowedEverywhere: VerbSet

    /// Grants that allow everything: what a server without a policy gives every caller.
    package static let everything = PolicyGrants([
        PolicyRule(
            isDeny: false, verbs: VerbSet(named: "*") ?? .none, target: .everything, line: 0)
    ])

    /// Arranges the rules of all roles of a principal; their order means nothing.
    package init(_ rules: [PolicyRule]) {
        denials = rules.filter(\.isDeny)
        allowances = rules.filter { !$0.isDeny }
        let denied = denials.reduce(VerbSet.none) { $0.union($1.verbs) }
        allowedEverywhere = allowances.filter { $0.target == .everything }
            .reduce(VerbSet.none) { $0.union($1.verbs) }
            .subtracting(denied)
    }

    /// Whether all of `permissions` are given; the first that is not decides. No permissions at
    /// all is allowed: the caller of this method must have asked for what it needs.
    package func decide(_ permissions: [Permission]) -> PolicyDecision {
        for permission in permissions {
            let decision = decide(permission.verb, key: permission.key.span)
            guard decision == .allowed else { return decision }
        }
        return .allowed
    }

    /// Whether `verb` on `key` is given. Copies the key only to deny.
    package func decide(_ verb: Verb, key: Span<UInt8>) -> PolicyDecision {
        if allowedEverywhere.contains(verb) { return .allowed }
        if let rule = deciding(verb, key), !rule.isDeny { return .allowed }
        var copy: [UInt8] = []
        copy.reserveCapacity(key.count)
        for index in key.indices { copy.append(key[index]) }
        return .denied(verb: verb, key: copy, line: deciding(verb, key)?.line)
    }

    /// The rule that decides: the first denial that matches, else the first allowance.
    func deciding(_ verb: Verb, _ key: Span<UInt8>) -> PolicyRule? {
        for rule in denials where rule.verbs.contains(verb) && rule.matches(key) { return rule }
        for rule in allowances where rule.verbs.contains(verb) && rule.matches(key) { return rule }
        return nil
    }
}

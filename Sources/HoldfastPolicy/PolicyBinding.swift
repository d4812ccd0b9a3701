/// `bind PRINCIPAL-PATTERN -> ROLE…`.
struct PolicyBinding: Hashable, Sendable {
    /// The principal, or for a pattern that ends in `/*` what is before the `*`.
    let text: String
    let isPattern: Bool
    let roles: [Int]
    let line: Int
}

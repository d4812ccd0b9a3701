/// `role NAME { … }`.
struct PolicyRole: Hashable, Sendable {
    let name: String
    let line: Int
    var rules: [PolicyRule] = []
}

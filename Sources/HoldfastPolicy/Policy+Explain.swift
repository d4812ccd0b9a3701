import HoldfastBase

extension Policy {
    /// Why `principal` may or may not do `verb` on `key`, in lines for a person.
    package func explain(_ principal: String, _ permission: Permission) -> String {
        let key = permission.key
        let shown = TextEscape.printable(String(decoding: key, as: UTF8.self))
        var what = permission.verb.rawValue
        if permission.verb.hasKey || !key.isEmpty { what += " on \"\(shown)\"" }
        var lines: [String] = []
        let matching = bindings(for: principal)
        if principal.isEmpty {
            lines.append("the caller has no certificate, and so no role")
        } else if matching.isEmpty {
            lines.append("no bind line matches \(TextEscape.printable(principal))")
        }
        for index in matching {
            let binding = bindings[index]
            let names = binding.roles.map { roles[$0].name }.joined(separator: " ")
            lines.append(
                "line \(binding.line): bind \(binding.text)\(binding.isPattern ? "*" : "") "
                    + "-> \(names)")
        }
        let rule = grants(for: principal).deciding(permission.verb, key.span)
        if let rule {
            let role = roles.first { $0.rules.contains(rule) }?.name ?? ""
            let word = rule.isDeny ? "deny" : "allow"
            lines.append("line \(rule.line): role \(role): \(word) rule matches")
        } else if !matching.isEmpty {
            lines.append("no rule of these roles is about it")
        }
        let allowed = rule.map { !$0.isDeny } ?? false
        return (["\(what): \(allowed ? "allowed" : "denied")"] + lines.map { "  " + $0 })
            .joined(separator: "\n")
    }
}

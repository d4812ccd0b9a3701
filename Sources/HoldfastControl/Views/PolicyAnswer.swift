internal import HoldfastBase

/// What a policy file says.
enum PolicyAnswer {
    static func valid(_ file: String) -> Answer {
        Answer(json: .object(["valid": .bool(true), "file": .text(file)])) { _ in
            "the policy is valid\n"
        }
    }

    static func make(_ explanation: String, _ isAllowed: Bool) -> Answer {
        let lines = explanation.split(separator: "\n").map(String.init)
        let json = JSONValue.object([
            "allowed": .bool(isAllowed), "explanation": .list(lines.map { .text($0) }),
        ])
        return Answer(json: json) { surface in
            let first = surface.paint.apply(isAllowed ? .good : .bad, lines.first ?? "")
            return ([first] + lines.dropFirst()).map { $0 + "\n" }.joined()
        }
    }
}

/// What Package.swift says each target depends on, read from its text.
struct PackageManifest {
    /// Our own modules that each target names.
    private(set) var dependencies: [String: Set<String>] = [:]

    init(_ text: String) {
        for start in ["library(", "executable(", "tests(", ".target(name:", ".systemLibrary(name:"]
        {
            for piece in text.components(after: start) {
                let names = piece.prefix { $0 != ")" }.split(
                    separator: "\"", omittingEmptySubsequences: false
                )
                .enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
                guard let name = names.first, !piece.hasPrefix("_") else { continue }
                let isModule = { TidyRule.rankOfTarget[$0] != nil && $0 != name }
                dependencies[name, default: []].formUnion(names.dropFirst().filter(isModule))
            }
        }
    }
}

extension String {
    /// What follows each occurrence of `word`.
    fileprivate func components(after word: String) -> [Substring] {
        var rest = self[...]
        var found: [Substring] = []
        while let range = rest.firstRange(of: word) {
            rest = rest[range.upperBound...]
            found.append(rest)
        }
        return found
    }
}

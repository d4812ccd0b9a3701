/// Who may import whom: the architecture, as it can be read from the sources.
extension TidyRule {
    /// The rank of every target; docs/architecture.md says what each is for.
    static let rankOfTarget: [String: Int] = [
        "COpenSSL": 0, "CProtobufC": 0, "CHoldfastSystem": 0, "CHoldfastFrames": 0,
        "CHoldfastProto": 0, "CHiredis": 0, "CLua": 0, "CLuaHost": 0,
        "HoldfastBase": 1,
        "HoldfastNode": 2, "HoldfastSettings": 2,
        "HoldfastPolicy": 3, "HoldfastCoordination": 3, "HoldfastRedis": 3,
        "HoldfastWireProtocol": 3, "HoldfastTLS": 3, "HoldfastSystem": 3,
        "HoldfastWire": 4, "HoldfastRuntime": 4,
        "HoldfastCalls": 5, "HoldfastCodeGen": 5,
        "HoldfastRPC": 6,
        "HoldfastServer": 7, "Holdfast": 7, "HoldfastSimulation": 7,
        "HoldfastControl": 8, "HoldfastTesting": 8,
        "holdfastd": 9, "holdfastctl": 9, "holdfast-bench": 9, "protoc-gen-holdfast-swift": 9,
        "holdfast-simulate": 9,
    ]

    /// Modules that come with the toolchain and the system.
    static let system: Set<String> = ["Swift", "Synchronization", "Glibc"]

    /// The one Swift target that may import a C module, and the folders of it where it may be;
    /// no folders means all of it.
    static let cOwners: [String: (target: String, folders: [String])] = [
        "COpenSSL": ("HoldfastTLS", []),
        "CHoldfastSystem": ("HoldfastSystem", []),
        "CHiredis": ("HoldfastRedis", []),
        "CLua": ("HoldfastSimulation", []),
        "CLuaHost": ("HoldfastSimulation", ["Redis"]),
        "CProtobufC": ("HoldfastWireProtocol", ["Codec", "Generated"]),
        "CHoldfastFrames": ("HoldfastWireProtocol", ["Codec", "Generated"]),
        "CHoldfastProto": ("HoldfastWire", []),
    ]

    /// A target imports strictly lower ranks only, and nothing from elsewhere.
    static let ranks = TidyRule("ranks") { file in
        guard let target = file.target, file.isSwift else { return [] }
        guard let rank = rankOfTarget[target] else { return [(1, "target \(target) has no rank")] }
        return file.imports.compactMap { line in
            if system.contains(line.module) || line.module == "Foundation" { return nil }
            guard let other = rankOfTarget[line.module] else {
                return (line.line, "\(line.module) is no module of this package or the system")
            }
            if other < rank { return nil }
            return (
                line.line, "\(target) (rank \(rank)) imports \(line.module) (rank \(other))"
            )
        }
    }

    /// Each C module is imported by one Swift target, and there in its corner.
    static let owners = TidyRule("c-owner") { file in
        guard let target = file.target else { return [] }
        return file.imports.compactMap { line in
            guard let owner = cOwners[line.module] else { return nil }
            let folder = file.path.split(separator: "/").dropFirst(2).first.map(String.init) ?? ""
            let isAtHome = owner.folders.isEmpty || owner.folders.contains(folder)
            if owner.target == target, isAtHome { return nil }
            let places = owner.folders.isEmpty ? [""] : owner.folders.map { "/" + $0 }
            let allowed = places.map { owner.target + $0 }.joined(separator: " and ")
            return (line.line, "\(line.module) may be imported in \(allowed) only")
        }
    }

    /// Files that pass on what they import: of the client library, of what tests with it, and of
    /// the modules that generated code imports.
    private static let umbrellas = [
        "Sources/Holdfast/Holdfast.swift", "Sources/HoldfastTesting/HoldfastTesting.swift",
        "Sources/HoldfastWire/HoldfastWire.swift", "Sources/HoldfastRPC/HoldfastRPC.swift",
    ]

    /// Imports say whom they are for, in the one way the compiler checks.
    static let importForms = TidyRule("import-form") { file in
        guard file.isSwift, !file.isGenerated, !file.path.hasPrefix("Package") else { return [] }
        return file.imports.compactMap { line in
            let attributes = line.modifiers.filter { $0.hasPrefix("@") }
            let isUmbrella = umbrellas.contains(file.path)
            if isUmbrella, attributes == ["@_exported"] { return nil }
            let isAllowed = { $0 == "@testable" && file.target == nil }
            if let attribute = attributes.first(where: { !isAllowed($0) }) {
                return (line.line, "\(attribute) import hides what is depended on")
            }
            if line.isScoped { return (line.line, "import the module, not one name of it") }
            if line.modifiers.contains("public"), rankOfTarget[file.target ?? ""] ?? 9 == 9 {
                return (line.line, "nothing imports an executable or a test: no public import")
            }
            return nil
        }
    }

    /// Foundation stays out of everything that ships: its size, its start-up time, and a second way
    /// to do what the standard library does.
    static let foundation = TidyRule("no-foundation") { file in
        guard file.target != nil else { return [] }
        let modules = ["Foundation", "FoundationEssentials", "Dispatch", "FoundationNetworking"]
        return file.imports.filter { modules.contains($0.module) }.map {
            ($0.line, "\($0.module) is not used in targets that ship")
        }
    }
}

/// Every message and enum of a request, by full name.
struct TypeTable {
    /// How a type is called on both sides.
    struct Entry {
        /// Dotted path in Swift: "Outer.Inner".
        let swift: String
        /// protobuf's full name, without a leading dot.
        let fullName: String
        /// Nil for an enum.
        let message: ProtoMessage?
        let file: String
    }

    private var entries: [String: Entry] = [:]

    init(_ files: [ProtoFile], options: GeneratorOptions) throws(GeneratorError) {
        for file in files {
            for message in file.messages {
                add(message, scope: file.package, swiftScope: "", file: file.name)
            }
            for enumeration in file.enums {
                add(enumeration, scope: file.package, swiftScope: "", file: file.name)
            }
        }
    }

    /// What `typeName` (".holdfast.v1.EchoRequest") stands for; protoc has checked that it exists.
    subscript(typeName: String) -> Entry? {
        entries[typeName.hasPrefix(".") ? String(typeName.dropFirst()) : typeName]
    }

    func swift(_ typeName: String) -> String { self[typeName]?.swift ?? "Never" }

    private mutating func add(
        _ message: ProtoMessage, scope: String, swiftScope: String, file: String
    ) {
        let fullName = Self.join(scope, message.name)
        let swift = Self.join(swiftScope, Names.escaped(Names.type(message.name)))
        entries[fullName] = Entry(swift: swift, fullName: fullName, message: message, file: file)
        for inner in message.messages {
            add(inner, scope: fullName, swiftScope: swift, file: file)
        }
        for inner in message.enums {
            add(inner, scope: fullName, swiftScope: swift, file: file)
        }
    }

    private mutating func add(
        _ enumeration: ProtoEnum, scope: String, swiftScope: String, file: String
    ) {
        let fullName = Self.join(scope, enumeration.name)
        let swift = Self.join(swiftScope, Names.escaped(Names.type(enumeration.name)))
        entries[fullName] = Entry(swift: swift, fullName: fullName, message: nil, file: file)
    }

    static func join(_ scope: String, _ name: String) -> String {
        scope.isEmpty ? name : scope + "." + name
    }
}

/// Puts together the files made of one `.proto` file.
struct FileEmitter {
    let file: ProtoFile
    let base: String
    let types: TypeTable
    let options: GeneratorOptions

    private var access: String { options.access.rawValue }

    func files() -> [CodeGenerator.File] {
        var files: [CodeGenerator.File] = []
        if options.parts.contains(.messages) {
            files.append(CodeGenerator.File(name: base + ".pb.swift", text: messages()))
        }
        guard !file.services.isEmpty else { return files }
        if options.parts.contains(.client) {
            let text = services(clientModules) { $0.emitClient(into: &$1) }
            files.append(CodeGenerator.File(name: base + ".client.swift", text: text))
        }
        if options.parts.contains(.server) {
            // A public import that no declaration needs would be a warning.
            let text = services(["HoldfastRPC"]) { $0.emitServer(into: &$1) }
            files.append(CodeGenerator.File(name: base + ".server.swift", text: text))
        }
        return files
    }

    /// What clients import. A public import that no declaration needs would be a warning: only
    /// unary calls name RPCError, and the messages may be those of the file's own module.
    private var clientModules: [String] {
        guard options.isLean else { return ["HoldfastRPC", "HoldfastWire"] }
        let isUnary = file.services.contains { $0.methods.contains { !$0.isServerStreaming } }
        return ["HoldfastCalls"] + (isUnary ? ["HoldfastWireProtocol"] : [])
    }

    private func messages() -> String {
        var source = SourceText.header(origin: file.name)
        if !file.messages.isEmpty {
            source.line("internal import \(options.cModule)")
        }
        Self.imports([options.wireModule], options, &source)
        for enumeration in file.enums {
            source.line()
            EnumEmitter(enumeration: enumeration, access: access).emit(into: &source)
        }
        for message in file.messages {
            source.line()
            MessageEmitter(
                message, fullName: TypeTable.join(file.package, message.name), types: types,
                options: options
            ).emit(into: &source)
        }
        for service in emitters {
            source.line()
            service.emitMethods(into: &source)
        }
        return source.text
    }

    private func services(
        _ modules: [String], _ emit: (ServiceEmitter, inout SourceText) -> Void
    ) -> String {
        var source = SourceText.header(origin: file.name)
        Self.imports(modules, options, &source)
        for service in emitters {
            source.line()
            emit(service, &source)
        }
        return source.text
    }

    private var emitters: [ServiceEmitter] {
        file.services.map {
            ServiceEmitter(service: $0, package: file.package, types: types, access: access)
        }
    }

    /// Imports as visible as the generated code, but for the module it becomes part of.
    static func imports(
        _ modules: [String], _ options: GeneratorOptions, _ source: inout SourceText
    ) {
        let others = options.imports.filter { !modules.contains($0) }
        for module in modules + others where module != options.module {
            source.line("\(options.access.rawValue) import \(module)")
        }
    }
}

/// Writes the three faces of a service: the constants of its methods, the client and the server.
struct ServiceEmitter {
    let service: ProtoService
    let package: String
    let types: TypeTable
    let access: String

    private var name: String { Names.escaped(Names.type(service.name)) }
    private var fullName: String { TypeTable.join(package, service.name) }

    private func constant(_ method: ProtoService.Method) -> String {
        "\(name).Methods.\(Names.escaped(Names.member(method.name)))"
    }

    private func member(_ method: ProtoService.Method) -> String {
        Names.escaped(Names.member(method.name))
    }

    func emitMethods(into source: inout SourceText) {
        source.doc(service.origin, otherwise: "The service `\(fullName)`.")
        source.block("\(access) enum \(name)") { source in
            source.line("/// Full name of the service.")
            source.line("\(access) static let name = \"\(fullName)\"")
            source.line()
            source.line("/// The methods, by name.")
            source.block("\(access) enum Methods") { source in
                for method in service.methods {
                    let types = "\(types.swift(method.input)), \(types.swift(method.output))"
                    let kind = method.isServerStreaming ? ".serverStream" : ".unary"
                    source.doc(method.origin, otherwise: "The method `\(method.name)`.")
                    source.line(
                        "\(access) static let \(member(method)) = MethodDescriptor<\(types)>(")
                    source.line("    path: \"\(fullName)/\(method.name)\", kind: \(kind))")
                }
            }
        }
    }

    func emitClient(into source: inout SourceText) {
        source.doc(service.origin, otherwise: "The service `\(fullName)`.")
        source.block("\(access) struct \(Names.type(service.name))Client: Sendable") { source in
            source.line("private let channel: any CallChannel")
            source.line()
            source.line("/// A client that calls over `channel`.")
            source.line("\(access) init(_ channel: any CallChannel) { self.channel = channel }")
            for method in service.methods {
                source.line()
                source.doc(method.origin, otherwise: "Calls `\(method.name)`.")
                source.line("\(access) func \(member(method))(")
                source.line(
                    "    _ request: \(types.swift(method.input)), "
                        + "options: CallOptions = CallOptions()")
                if method.isServerStreaming {
                    source.block(") -> ResponseStream<\(types.swift(method.output))>") { source in
                        source.line(
                            "channel.serverStream(\(constant(method)), request, options: options)")
                    }
                } else {
                    source.block(
                        ") async throws(RPCError) -> \(types.swift(method.output))"
                    ) { source in
                        source.line(
                            "try await channel.unary(\(constant(method)), request, options: options)"
                        )
                    }
                }
            }
        }
    }

    func emitServer(into source: inout SourceText) {
        let handler = Names.type(service.name) + "Handler"
        source.doc(service.origin, otherwise: "The service `\(fullName)`.")
        source.block("\(access) protocol \(handler): Sendable") { source in
            for (index, method) in service.methods.enumerated() {
                if index > 0 { source.line() }
                source.doc(method.origin, otherwise: "Answers `\(method.name)`.")
                let request = "_ request: \(types.swift(method.input))"
                if method.isServerStreaming {
                    source.line("func \(member(method))(")
                    source.line(
                        "    \(request), to stream: ServerStream<\(types.swift(method.output))>,")
                    source.line("    context: ServerContext")
                    source.line(") async throws")
                } else {
                    source.line("func \(member(method))(")
                    source.line("    \(request), context: ServerContext")
                    source.line(") async throws -> \(types.swift(method.output))")
                }
            }
        }
        source.line()
        source.block("extension \(handler)") { source in
            source.line("/// Adds the methods of this service to `registry`.")
            source.block("\(access) func register(in registry: inout ServiceRegistry)") { source in
                for method in service.methods { emitRegistration(method, &source) }
            }
        }
    }

    private func emitRegistration(_ method: ProtoService.Method, _ source: inout SourceText) {
        if method.isServerStreaming {
            source.line(
                "registry.serverStream(\(constant(method))) { request, stream, context in")
            source.line(
                "    try await self.\(member(method))(request, to: stream, context: context)")
        } else {
            source.line("registry.unary(\(constant(method))) { request, context in")
            source.line("    try await self.\(member(method))(request, context: context)")
        }
        source.line("}")
    }
}

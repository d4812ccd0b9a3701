/// Writes a oneof as an enum with payloads.
struct OneofEmitter {
    let oneof: ProtoOneof
    let shapes: [FieldShape]
    let access: String

    var property: String { FieldShape.member(oneof.name) }
    var typeName: String { Names.escaped(Names.type(oneof.name)) }
    /// The C member that says which field is set: its number, or 0.
    var cCase: String { Names.cLower(oneof.name) + "_case" }

    func emit(into source: inout SourceText) {
        source.doc(oneof.origin, otherwise: "One of `\(oneof.name)`.")
        source.block("\(access) enum \(typeName): Sendable, Hashable") { source in
            for shape in shapes {
                source.doc(
                    shape.field.origin,
                    otherwise: "Field \(shape.field.number), `\(shape.field.name)`.",
                    isDeprecated: shape.field.isDeprecated)
                source.line("case \(shape.name)(\(shape.element))")
            }
        }
    }

    func emitDecoding(into source: inout SourceText) {
        source.line("switch unsafe c.pointee.\(cCase).rawValue {")
        for shape in shapes {
            let value = "c.pointee.\(shape.cMember)"
            let copied =
                shape.field.kind == .message
                ? "unsafe DecodedValue.message(\(value), as: \(shape.element).self)"
                : shape.copied(value)
            source.line("case \(shape.field.number): self.\(property) = .\(shape.name)(\(copied))")
        }
        source.line("default: break")
        source.line("}")
    }
}

/// Writes one message: properties, initialisers, the conversion from C, the encoder, and what is
/// nested in it.
struct MessageEmitter {
    let message: ProtoMessage
    let fullName: String
    let types: TypeTable
    let options: GeneratorOptions

    private let shapes: [FieldShape]
    private let oneofs: [OneofEmitter]

    private var access: String { options.access.rawValue }
    private var cType: String { Names.cType(fullName) }

    init(_ message: ProtoMessage, fullName: String, types: TypeTable, options: GeneratorOptions) {
        self.message = message
        self.fullName = fullName
        self.types = types
        self.options = options
        let shapes = message.fields.map { FieldShape($0, types: types) }
        self.shapes = shapes
        oneofs = message.oneofs.enumerated().map { index, oneof in
            OneofEmitter(
                oneof: oneof, shapes: shapes.filter { $0.field.oneofIndex == index },
                access: options.access.rawValue)
        }
    }

    func emit(into source: inout SourceText) {
        source.doc(message.origin, otherwise: "The message `\(fullName)`.")
        let name = Names.escaped(Names.type(message.name))
        source.block("\(access) struct \(name): WireMessage") { source in
            emitProperties(&source)
            emitInitialisers(&source)
            emitSchema(&source)
            emitDecoding(&source)
            emitSize(&source)
            emitEncoding(&source)
            for oneof in oneofs {
                source.line()
                oneof.emit(into: &source)
            }
            if options.views {
                source.line()
                ViewEmitter(shapes: shapes, oneofs: oneofs, cType: cType, access: access)
                    .emit(into: &source)
            }
            for enumeration in message.enums {
                source.line()
                EnumEmitter(enumeration: enumeration, access: access).emit(into: &source)
            }
            for inner in message.messages {
                source.line()
                MessageEmitter(
                    inner, fullName: TypeTable.join(fullName, inner.name), types: types,
                    options: options
                ).emit(into: &source)
            }
        }
    }

    /// Properties in the order of the `.proto` file; a oneof stands where its first field does.
    private var properties: [Property] {
        var seenOneofs: Set<Int> = []
        return shapes.compactMap { shape in
            let field = shape.field
            guard let index = field.oneofIndex, oneofs.indices.contains(index) else {
                return Property(
                    name: shape.name, type: shape.propertyType, initial: shape.propertyDefault,
                    origin: field.origin, otherwise: "Field \(field.number), `\(field.name)`.",
                    isDeprecated: field.isDeprecated)
            }
            guard seenOneofs.insert(index).inserted else { return nil }
            let oneof = oneofs[index]
            return Property(
                name: oneof.property, type: oneof.typeName + "?", initial: "nil",
                origin: oneof.oneof.origin, otherwise: "One of `\(oneof.oneof.name)`.")
        }
    }

    private struct Property {
        let name: String
        let type: String
        let initial: String
        let origin: ProtoOrigin
        let otherwise: String
        var isDeprecated = false
    }

    private func emitProperties(_ source: inout SourceText) {
        for property in properties {
            source.doc(
                property.origin, otherwise: property.otherwise, isDeprecated: property.isDeprecated)
            source.line("\(access) var \(property.name): \(property.type) = \(property.initial)")
        }
        if !properties.isEmpty { source.line() }
    }

    private func emitInitialisers(_ source: inout SourceText) {
        source.line("/// The message with every field at its default.")
        source.line("\(access) init() {}")
        source.line()
        guard !properties.isEmpty else { return }
        source.line("/// The message with these fields; those not given are at their defaults.")
        source.line("\(access) init(")
        for (index, property) in properties.enumerated() {
            let comma = index + 1 < properties.count ? "," : ""
            source.line("    \(property.name): \(property.type) = \(property.initial)\(comma)")
        }
        source.block(")") { source in
            for property in properties {
                source.line("self.\(property.name) = \(property.name)")
            }
        }
        source.line()
    }

    private func emitSchema(_ source: inout SourceText) {
        source.line("/// The scan rules of `\(fullName)`.")
        source.line("\(access) static let schema: WireSchema = {")
        source.line("    var message = unsafe \(cType)()")
        source.line("    unsafe \(Names.cFunction(fullName))__init(&message)")
        source.line("    return unsafe WireSchema(initialized: &message)")
        source.line("}()")
        source.line()
    }

    private func emitDecoding(_ source: inout SourceText) {
        source.line("/// Copies a decoded `\(cType)`.")
        source.block("@unsafe \(access) init(decoded message: UnsafeRawPointer)") { source in
            guard !shapes.isEmpty else { return }
            source.line("let c = unsafe message.assumingMemoryBound(to: \(cType).self)")
            for shape in shapes where shape.field.oneofIndex == nil {
                let value =
                    shape.field.isRepeated
                    ? shape.copiedArray("c.pointee") : shape.copied("c.pointee.\(shape.cMember)")
                source.line("self.\(shape.name) = \(value)")
            }
            for oneof in oneofs { oneof.emitDecoding(into: &source) }
        }
        source.line()
    }

    /// Fields in the order of their numbers: what protobuf calls canonical, and protobuf-c writes.
    private var ordered: [FieldShape] {
        shapes.sorted { $0.field.number < $1.field.number }
    }

    private func emitSize(_ source: inout SourceText) {
        source.line("/// How many bytes the encoded message has.")
        source.block("\(access) var encodedBytes: Int") { source in
            guard !shapes.isEmpty else { return source.line("0") }
            source.line("var bytes = 0")
            for shape in ordered {
                emitEach(shape, &source, whole: packedSize(shape)) { "bytes &+= \(shape.size($0))" }
            }
            source.line("return bytes")
        }
        source.line()
    }

    private func emitEncoding(_ source: inout SourceText) {
        source.line("/// Appends the fields to what `writer` writes to.")
        source.block("\(access) func encode(into writer: inout WireWriter)") { source in
            for shape in ordered {
                emitEach(shape, &source, whole: packedPut(shape)) { shape.put($0) }
            }
        }
    }

    private func packedSize(_ shape: FieldShape) -> String {
        "bytes &+= WireSize.packed(self.\(shape.name), field: \(shape.field.number)) "
            + "{ \(shape.valueSize("$0")) }"
    }

    private func packedPut(_ shape: FieldShape) -> String {
        "writer.putPacked(self.\(shape.name), field: \(shape.field.number), "
            + "bytes: { \(shape.valueSize("$0")) }) { $0.write\(shape.verb)(\(shape.wire("$1"))) }"
    }

    /// Writes `statement` for each value the field holds, or `whole` for a packed field.
    private func emitEach(
        _ shape: FieldShape, _ source: inout SourceText, whole: String,
        statement: (String) -> String
    ) {
        let property = "self.\(shape.name)"
        if let index = shape.field.oneofIndex, oneofs.indices.contains(index) {
            let oneof = oneofs[index]
            source.line(
                "if case .\(shape.name)(let value) = self.\(oneof.property) "
                    + "{ \(statement("value")) }")
        } else if shape.field.isRepeated, shape.isScalar, shape.field.isPacked {
            source.line("if !\(property).isEmpty { \(whole) }")
        } else if shape.field.isRepeated {
            source.line("for value in \(property) { \(statement("value")) }")
        } else if shape.field.kind == .message {
            source.line("if let value = \(property) { \(statement("value")) }")
        } else {
            source.line("if \(shape.isSet(property)) { \(statement(property)) }")
        }
    }
}

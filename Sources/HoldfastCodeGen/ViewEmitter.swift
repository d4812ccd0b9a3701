/// Writes the view of a message: accessors that read the decoded C struct where it lies, for paths
/// where a copy of every field is too much.
struct ViewEmitter {
    let shapes: [FieldShape]
    let oneofs: [OneofEmitter]
    let cType: String
    let access: String

    func emit(into source: inout SourceText) {
        source.line(
            "/// Reads a decoded message without copying it; valid until its arena is reset.")
        source.block("@unsafe \(access) struct View") { source in
            // Raw: modules that use the view do not see the C type.
            source.line("private let decodedBase: UnsafeRawPointer")
            source.block("private var decodedStruct: UnsafePointer<\(cType)>") { source in
                source.line("unsafe decodedBase.assumingMemoryBound(to: \(cType).self)")
            }
            source.line()
            source.line("/// A view of a decoded `\(cType)`.")
            source.block("\(access) init(_ decoded: UnsafeRawPointer)") { source in
                source.line("unsafe decodedBase = decoded")
            }
            for shape in shapes {
                source.line()
                emit(shape, &source)
            }
        }
    }

    private func emit(_ shape: FieldShape, _ source: inout SourceText) {
        let value = "decodedStruct.pointee.\(shape.cMember)"
        let field = shape.field
        let otherwise = "Field \(field.number), `\(field.name)`."
        if field.isRepeated {
            let plain = shape.name.filter { $0 != "`" }
            source.line("/// How many `\(field.name)` there are.")
            source.line(
                "\(access) var \(plain)Count: Int { unsafe decodedStruct.pointee.\(shape.cCount) }")
            source.line()
            source.doc(field.origin, otherwise: otherwise)
            source.line("/// `index` must be below the count; it is checked.")
            source.block("\(access) func \(shape.name)(at index: Int) -> \(shape.viewElement)") {
                source in
                source.line(
                    "precondition(index >= 0 && index < (unsafe decodedStruct.pointee."
                        + "\(shape.cCount)))")
                guard field.kind == .message else {
                    return source.line("return \(shape.viewed("\(value)[index]"))")
                }
                source.line(
                    "guard let message = unsafe \(value)[index] else { "
                        + "preconditionFailure(\"protobuf-c leaves no element of a list empty\") }")
                source.line("return \(shape.viewed("message"))")
            }
            return
        }
        source.doc(field.origin, otherwise: otherwise)
        if let index = field.oneofIndex, oneofs.indices.contains(index) {
            let isSet =
                "unsafe decodedStruct.pointee.\(oneofs[index].cCase).rawValue == \(field.number)"
            source.block("\(access) var \(shape.name): \(shape.viewElement)?") { source in
                source.line("guard \(isSet) else { return nil }")
                source.line("return \(shape.viewed(value))")
            }
        } else if field.kind == .message {
            source.block("\(access) var \(shape.name): \(shape.viewElement)?") { source in
                source.line("guard let message = unsafe \(value) else { return nil }")
                source.line("return \(shape.viewed("message"))")
            }
        } else {
            source.line(
                "\(access) var \(shape.name): \(shape.viewElement) { \(shape.viewed(value)) }")
        }
    }
}

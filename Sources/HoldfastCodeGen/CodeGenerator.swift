/// From descriptors to Swift text: the whole of `protoc-gen-holdfast-swift` but for reading and
/// writing.
///
/// For each `.proto` file there are up to three: messages (with enums and the constants of the
/// services), client stubs, and server protocols. Text is put together line by line, without
/// templates: what a line looks like stands where the decision about it is made.
package enum CodeGenerator {
    /// One generated file.
    package struct File: Equatable {
        package let name: String
        package let text: String
    }

    /// Answers a `CodeGeneratorRequest` with a `CodeGeneratorResponse`. An error in a `.proto` file
    /// or an option becomes the response's `error`.
    package static func respond(to request: [UInt8]) throws(BrokenRequest) -> [UInt8] {
        let request = try GeneratorRequest(request)
        var response = DescriptorWriter()
        // Bit 0, proto3 optional: claimed so that our own, clearer refusal is the one shown.
        response.put(2, 1)
        do {
            for file in try files(of: request) {
                var writer = DescriptorWriter()
                writer.put(1, Array(file.name.utf8))
                writer.put(15, Array(file.text.utf8))
                response.put(15, writer.bytes)
            }
        } catch {
            var refusal = DescriptorWriter()
            refusal.put(1, Array(error.description.utf8))
            refusal.put(2, 1)
            return refusal.bytes
        }
        return response.bytes
    }

    /// The generated files of a request.
    package static func files(
        request: [UInt8]
    ) throws -> [File] {
        try files(of: GeneratorRequest(request))
    }

    private static func files(of request: GeneratorRequest) throws(GeneratorError) -> [File] {
        let options = try GeneratorOptions(request.parameter)
        let types = try TypeTable(request.files, options: options)
        var files: [File] = []
        var bases: [String: String] = [:]
        for name in request.filesToGenerate {
            guard let proto = request.files.first(where: { $0.name == name }) else {
                throw GeneratorError("\(name): protoc sent no descriptor of it")
            }
            let base = baseName(name)
            if let other = bases.updateValue(name, forKey: base) {
                throw GeneratorError("\(other) and \(name) would both become \(base).pb.swift")
            }
            try SchemaCheck(types: types, options: options).check(proto)
            let emitter = FileEmitter(file: proto, base: base, types: types, options: options)
            files += emitter.files()
        }
        if options.parts.contains(.descriptors) {
            files.append(DescriptorSetEmitter.file(request.files, options: options))
        }
        return files
    }

    /// "holdfast/v1/echo.proto" → "echo".
    private static func baseName(_ path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        return String(name.hasSuffix(".proto") ? name.dropLast(6) : name)
    }
}

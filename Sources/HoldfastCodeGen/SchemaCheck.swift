/// Refuses what protobuf-c or our pre-scan cannot do, with the place and what to do instead.
struct SchemaCheck {
    /// Singular messages that the pre-scan keeps apart in one message.
    static let singularMessagesMax = 64
    /// Names of members that every generated message has.
    static let takenMembers: Set<String> = [
        "encodedBytes", "encode", "encoded", "schema", "hash", "hashValue",
    ]
    static let takenInViews: Set<String> = ["decodedBase", "decodedStruct"]

    let types: TypeTable
    let options: GeneratorOptions

    func check(_ file: ProtoFile) throws(GeneratorError) {
        guard file.syntax == "proto3" else {
            throw GeneratorError(
                "\(file.name): syntax \"\(file.syntax)\" is not supported; write syntax = \"proto3\""
            )
        }
        guard !file.hasExtensions else {
            throw GeneratorError("\(file.name): extensions are not supported")
        }
        for message in file.messages {
            try check(message, fullName: TypeTable.join(file.package, message.name), in: file)
        }
        try checkTopLevelNames(file)
        for service in file.services {
            for method in service.methods where method.isClientStreaming {
                throw refusal(
                    file, method.origin, "\(service.name).\(method.name)",
                    "client streaming is not supported; send several requests, or a list in one")
            }
            let names = service.methods.map { (Names.member($0.name), $0.name) }
            try checkUnique(names, service.name, file)
        }
    }

    private func check(
        _ message: ProtoMessage, fullName: String, in file: ProtoFile
    ) throws(GeneratorError) {
        guard !message.hasExtensions else {
            throw refusal(file, message.origin, message.name, "extensions are not supported")
        }
        var singular = 0
        for field in message.fields {
            try check(field, of: message, in: file)
            if field.kind == .message, !field.isRepeated { singular += 1 }
        }
        guard singular <= Self.singularMessagesMax else {
            throw refusal(
                file, message.origin, message.name,
                "more than \(Self.singularMessagesMax) singular message fields; group them")
        }
        var path: [String] = []
        if containsItself(fullName, from: fullName, path: &path) {
            throw refusal(
                file, message.origin, message.name,
                "recursive messages are not supported (\(path.joined(separator: " → "))); "
                    + "refer by an id, or flatten into a list")
        }
        let members = message.fields.filter { $0.oneofIndex == nil }.map(\.name)
        var pairs = (members + message.oneofs.map(\.name)).map { (Names.member($0), $0) }
        let inOneofs = message.fields.filter { $0.oneofIndex != nil }.map(\.name)
        pairs += inOneofs.map { (Names.member($0), $0) }
        if options.views {
            pairs += message.fields.filter(\.isRepeated)
                .map { (Names.member($0.name) + "Count", "the count of \($0.name)") }
        }
        try checkUnique(pairs, message.name, file)
        try checkNestedNames(message, in: file)
        for inner in message.messages where !inner.isMapEntry {
            try check(inner, fullName: TypeTable.join(fullName, inner.name), in: file)
        }
    }

    private func check(
        _ field: ProtoField, of message: ProtoMessage, in file: ProtoFile
    ) throws(GeneratorError) {
        let name = "\(message.name).\(field.name)"
        if field.isProto3Optional {
            throw refusal(
                file, field.origin, name,
                "proto3 optional is not supported by protobuf-c; put the field into a oneof")
        }
        if field.kind == .group {
            throw refusal(file, field.origin, name, "groups are not supported; use a message")
        }
        guard field.kind == .message || field.kind == .enum else { return }
        guard let entry = types[field.typeName] else {
            throw refusal(file, field.origin, name, "protoc did not describe \(field.typeName)")
        }
        if entry.message?.isMapEntry == true {
            throw refusal(
                file, field.origin, name,
                "maps are not supported by protobuf-c; use a repeated message with key and value")
        }
        if entry.fullName.hasPrefix("google.protobuf.") {
            throw refusal(
                file, field.origin, name,
                "\(entry.fullName) has no generated type here; use a number with its unit in the "
                    + "name, or a message of your own")
        }
    }

    /// Depth-first; a message that protoc accepts has finitely many fields, and each is followed
    /// once for each starting point.
    private func containsItself(_ target: String, from name: String, path: inout [String]) -> Bool {
        var visited: Set<String> = []
        return search(target, from: name, visited: &visited, path: &path)
    }

    private func search(
        _ target: String, from name: String, visited: inout Set<String>, path: inout [String]
    ) -> Bool {
        path.append(name)
        for field in types[name]?.message?.fields ?? [] where field.kind == .message {
            let next = String(field.typeName.drop { $0 == "." })
            if next == target {
                path.append(next)
                return true
            }
            if visited.insert(next).inserted,
                search(target, from: next, visited: &visited, path: &path)
            {
                return true
            }
        }
        path.removeLast()
        return false
    }

    private func checkNestedNames(
        _ message: ProtoMessage, in file: ProtoFile
    ) throws(GeneratorError) {
        var names = message.messages.filter { !$0.isMapEntry }.map(\.name)
        names += message.enums.map(\.name)
        names += message.oneofs.map(\.name)
        var pairs = names.map { (Names.type($0), $0) }
        if options.views { pairs.append(("View", "View (made by views=true)")) }
        try checkUnique(pairs, message.name, file)
    }

    private func checkTopLevelNames(_ file: ProtoFile) throws(GeneratorError) {
        var names = file.messages.map(\.name)
        names += file.enums.map(\.name)
        names += file.services.map(\.name)
        try checkUnique(names.map { (Names.type($0), $0) }, file.name, file)
    }

    /// Refuses two names that become one in Swift.
    private func checkUnique(
        _ names: [(swift: String, proto: String)], _ scope: String, _ file: ProtoFile
    ) throws(GeneratorError) {
        var seen: [String: String] = [:]
        for (swift, proto) in names {
            if let other = seen.updateValue(proto, forKey: swift) {
                throw GeneratorError(
                    "\(file.name): \(scope): \(other) and \(proto) would both become \(swift)")
            }
        }
    }

    private func refusal(
        _ file: ProtoFile, _ origin: ProtoOrigin, _ name: String, _ reason: String
    ) -> GeneratorError {
        let line = origin.line > 0 ? ":\(origin.line)" : ""
        return GeneratorError("\(file.name)\(line): \(name): \(reason)")
    }
}

package import HoldfastSettings

/// What `call --describe` says.
package enum SchemaAnswer {
    /// All methods; or of a method its request and response; or of a message or an enum its fields or
    /// values.
    package static func make(
        _ schema: ProtoSchema, describing name: String?
    ) throws(ArgumentError) -> Answer {
        guard let name else { return methods(schema) }
        if let message = type(name, schema.messages.keys.sorted()).flatMap({ schema.messages[$0] })
        {
            return answer(schema, nil, [message])
        }
        let enumerations = schema.enumerations
        if let found = type(name, enumerations.keys.sorted()).flatMap({ enumerations[$0] }) {
            return answer(found)
        }
        let method = try schema.method(name)
        let types = [method.request, method.response].compactMap { schema.messages[$0] }
        return answer(schema, method, types)
    }

    /// The type of that name: whole, or the end of it where that is enough.
    private static func type(_ name: String, _ all: [String]) -> String? {
        if all.contains(name) { return name }
        let found = all.filter { $0.hasSuffix(".\(name)") }
        return found.count == 1 ? found[0] : nil
    }

    private static func methods(_ schema: ProtoSchema) -> Answer {
        let all = schema.methods
        let items = all.map { method in
            JSONValue.object([
                "method": .text(method.path), "request": .text(method.request),
                "response": .text(method.response), "stream": .bool(method.isStream),
            ])
        }
        return Answer(json: .object(["methods": .list(items)])) { surface in
            var table = TextTable([
                .init("METHOD"), .init("REQUEST", fit: .cutFront(12), leaveOut: 2),
                .init("RESPONSE", fit: .cutFront(12), leaveOut: 1),
            ])
            for method in all {
                table.add([
                    .init(method.path), .init(short(method.request)),
                    .init((method.isStream ? "stream " : "") + short(method.response)),
                ])
            }
            return table.text(columns: surface.columns, paint: surface.paint)
        }
    }

    private static func answer(
        _ schema: ProtoSchema, _ method: ProtoSchema.Method?, _ messages: [ProtoSchema.Message]
    ) -> Answer {
        let described = messages.map { message in
            JSONValue.object([
                "message": .text(message.name),
                "fields": .list(message.fields.map { json($0, message, schema) }),
            ])
        }
        var members: [JSONValue.Member] = []
        if let method {
            members.append(.init(name: "method", value: .text(method.path)))
            members.append(.init(name: "stream", value: .bool(method.isStream)))
        }
        members.append(.init(name: "messages", value: .list(described)))
        return Answer(json: .object(members)) { surface in
            var text = ""
            if let method {
                text += surface.paint.apply(.title, method.path) + "\n\n"
            }
            return text
                + messages.map { table($0, schema, surface) }.joined(separator: "\n")
        }
    }

    private static func table(
        _ message: ProtoSchema.Message, _ schema: ProtoSchema, _ surface: Answer.Surface
    ) -> String {
        let title = surface.paint.apply(.title, message.name) + "\n"
        guard !message.fields.isEmpty else { return title + "  no fields\n" }
        var table = TextTable([
            .init("  FIELD"), .init("TYPE"), .init("NUMBER", isNumber: true),
            .init("VALUES", fit: .wrap(16)),
        ])
        for field in message.fields {
            let values = schema.enumerations[field.typeName]?.values.map(\.name) ?? []
            let oneof = field.oneof.flatMap { number in
                message.oneofs.indices.contains(number) ? message.oneofs[number] : nil
            }
            table.add([
                .init("  \(field.name)"), .init(typeText(field, schema)),
                .init(String(field.number)),
                .init(
                    values.isEmpty
                        ? oneof.map { "one of \($0)" } ?? "-" : values.joined(separator: " ")),
            ])
        }
        return title + table.text(columns: surface.columns, paint: surface.paint)
    }

    private static func answer(_ enumeration: ProtoSchema.Enumeration) -> Answer {
        let values = enumeration.values.map { value in
            JSONValue.object([
                "name": .text(value.name), "number": .signed(Int64(value.number)),
            ])
        }
        let json = JSONValue.object([
            "enum": .text(enumeration.name), "values": .list(values),
        ])
        let shown = enumeration.values.map { (name: $0.name, number: $0.number) }
        let name = enumeration.name
        return Answer(json: json) { surface in
            surface.paint.apply(.title, name) + "\n"
                + shown.map { "  \($0.name) = \($0.number)\n" }.joined()
        }
    }

    private static func typeText(_ field: ProtoSchema.Field, _ schema: ProtoSchema) -> String {
        if let entry = schema.messages[field.typeName], entry.isMapEntry {
            let parts = entry.fields.map { typeText($0, schema) }
            return "map of \(parts.joined(separator: " to "))"
        }
        let plain = field.typeName.isEmpty ? field.kind.word : short(field.typeName)
        return field.isRepeated ? "list of \(plain)" : plain
    }

    private static func short(_ name: String) -> String {
        String(name.split(separator: ".").last ?? "")
    }

    private static func json(
        _ field: ProtoSchema.Field, _ message: ProtoSchema.Message, _ schema: ProtoSchema
    ) -> JSONValue {
        .object([
            "name": .text(field.name), "type": .text(field.kind.word),
            "type_name": field.typeName.isEmpty ? .null : .text(field.typeName),
            "repeated": .bool(field.isRepeated), "number": .signed(Int64(field.number)),
            "oneof": field.oneof.flatMap { number in
                message.oneofs.indices.contains(number) ? .text(message.oneofs[number]) : nil
            } ?? .null,
            "values": schema.enumerations[field.typeName].map { found in
                .list(found.values.map { .text($0.name) })
            } ?? .null,
        ])
    }
}

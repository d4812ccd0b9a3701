package import HoldfastSettings

/// Tells an encoded message as JSON, by the schema. Pure.
///
/// As protobuf's own JSON does, but that names are those of the .proto file and 64-bit numbers are
/// numbers; fields that are not described are told by their number, in "unknown".
package struct MessageDecoder {
    private let schema: ProtoSchema

    package init(_ schema: ProtoSchema) { self.schema = schema }

    /// The message `name` in `bytes`; fields at their defaults are left out.
    package func decode(_ bytes: [UInt8], as name: String) throws(ArgumentError) -> JSONValue {
        do throws(WireReader.Malformed) {
            return try decode(bytes[...], as: name, depth: 0)
        } catch {
            throw ArgumentError("the answer is no \(name): the server's is another than described")
        }
    }

    private func decode(
        _ bytes: ArraySlice<UInt8>, as name: String, depth: Int
    ) throws(WireReader.Malformed) -> JSONValue {
        guard depth < JSONReader.depthMax else { throw WireReader.Malformed() }
        let fields = schema.messages[name]?.fields ?? []
        var values: [Int: [JSONValue]] = [:]
        var unknown: [JSONValue.Member] = []
        var reader = WireReader(bytes)
        while let (number, content) = try reader.next() {
            guard let field = fields.first(where: { $0.number == number }) else {
                unknown.append(.init(name: String(number), value: Self.raw(content)))
                continue
            }
            let found = try decode(content, field, depth)
            if field.isRepeated {
                values[number, default: []] += found
            } else if let last = found.last {
                values[number] = [last]
            }
        }
        var members: [JSONValue.Member] = []
        for field in fields {
            guard let found = values[field.number] else { continue }
            let value: JSONValue =
                if let entry = schema.messages[field.typeName], entry.isMapEntry {
                    Self.object(found)
                } else if field.isRepeated {
                    .list(found)
                } else {
                    found[0]
                }
            members.append(.init(name: field.name, value: value))
        }
        if !unknown.isEmpty { members.append(.init(name: "unknown", value: .object(unknown))) }
        return .object(members)
    }

    private func decode(
        _ content: WireReader.Content, _ field: ProtoSchema.Field, _ depth: Int
    ) throws(WireReader.Malformed) -> [JSONValue] {
        switch (content, field.kind) {
        case (.bytes(let bytes), .message):
            return [try decode(bytes, as: field.typeName, depth: depth + 1)]
        case (.bytes(let bytes), .string): return [.text(String(decoding: bytes, as: UTF8.self))]
        case (.bytes(let bytes), .bytes): return [.text(BytesText.base64(bytes))]
        case (.bytes(let bytes), _):
            // Packed.
            var values: [JSONValue] = []
            var reader = WireReader(bytes)
            while !reader.isAtEnd {
                switch field.kind {
                case .double, .fixed64, .sfixed64:
                    values.append(try number(try reader.fixed(8), field))
                case .float, .fixed32, .sfixed32:
                    values.append(try number(try reader.fixed(4), field))
                default: values.append(try number(try reader.varint(), field))
                }
            }
            return values
        case (.varint(let value), _): return [try number(value, field)]
        case (.fixed64(let value), _): return [try number(value, field)]
        case (.fixed32(let value), _): return [try number(UInt64(value), field)]
        }
    }

    private func number(
        _ value: UInt64, _ field: ProtoSchema.Field
    ) throws(WireReader.Malformed) -> JSONValue {
        switch field.kind {
        case .bool: return .bool(value != 0)
        case .uint32, .fixed32: return .number(UInt64(UInt32(truncatingIfNeeded: value)))
        case .uint64, .fixed64: return .number(value)
        case .int32, .sfixed32: return .signed(Int64(Int32(truncatingIfNeeded: value)))
        case .int64, .sfixed64: return .signed(Int64(bitPattern: value))
        case .sint32, .sint64:
            return .signed(Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1))
        case .enumeration:
            let number = Int32(truncatingIfNeeded: value)
            let known = schema.enumerations[field.typeName]?.values ?? []
            return known.first { $0.number == number }.map { .text($0.name) }
                ?? .signed(Int64(number))
        case .double: return .real(Double(bitPattern: value))
        case .float: return .real(Double(Float(bitPattern: UInt32(truncatingIfNeeded: value))))
        case .string, .bytes, .message: throw WireReader.Malformed()
        }
    }

    /// The entries of a map as one object.
    private static func object(_ entries: [JSONValue]) -> JSONValue {
        .object(
            entries.compactMap { entry in
                guard case .object(let members) = entry else { return nil }
                let key = members.first { $0.name == "key" }?.value
                let name: String =
                    switch key {
                    case .text(let text): text
                    case nil: ""
                    case let other?: other.line
                    }
                return .init(
                    name: name, value: members.first { $0.name == "value" }?.value ?? .null)
            })
    }

    private static func raw(_ content: WireReader.Content) -> JSONValue {
        switch content {
        case .varint(let value), .fixed64(let value): .number(value)
        case .fixed32(let value): .number(UInt64(value))
        case .bytes(let bytes): .text(BytesText.base64(bytes))
        }
    }
}

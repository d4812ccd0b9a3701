internal import HoldfastBase
package import HoldfastSettings

/// Encodes JSON as a protobuf message, by the schema. Pure. Every mistake is told with the path of its
/// field: "names[1]: must be a text, and is a number".
package struct MessageEncoder {
    private let schema: ProtoSchema

    package init(_ schema: ProtoSchema) { self.schema = schema }

    /// The message `name`, whose fields are the members of the object in `json`.
    package func encode(_ json: [UInt8], as name: String) throws(ArgumentError) -> [UInt8] {
        try encode(try JSONReader.read(json), as: name, path: "", depth: 0)
    }

    private func encode(
        _ node: JSONReader.Node, as name: String, path: String, depth: Int
    ) throws(ArgumentError) -> [UInt8] {
        guard let message = schema.messages[name] else {
            throw ArgumentError("\(name) is not described; give --descriptors a file with it")
        }
        guard case .object(let members) = node else {
            throw wrong(path, "must be an object with the fields of \(name)", node)
        }
        guard depth < JSONReader.depthMax else { throw ArgumentError("\(path): is too deep") }
        var bytes: [UInt8] = []
        var chosen: [Int: String] = [:]
        for (member, value) in members {
            let here = path.isEmpty ? member : "\(path).\(member)"
            let found = message.fields.first { $0.name == member || $0.jsonName == member }
            guard let field = found else { throw unknown(member, here, message) }
            if case .null = value { continue }
            if let oneof = field.oneof {
                if let other = chosen.updateValue(member, forKey: oneof) {
                    throw ArgumentError("\(here): only one of it and \(other) can be given")
                }
            }
            bytes += try encode(value, field, here, depth)
        }
        return bytes
    }

    private func unknown(
        _ member: String, _ here: String, _ message: ProtoSchema.Message
    ) -> ArgumentError {
        let names = message.fields.map(\.name)
        let fields =
            names.isEmpty ? "it has none" : "fields: \(names.joined(separator: ", "))"
        return ArgumentError(
            "\(TextEscape.printable(here)): no field of \(message.name)"
                + Suggestion.hint(for: member, among: names) + "; \(fields)")
    }

    private func wrong(
        _ path: String, _ message: String, _ node: JSONReader.Node
    ) -> ArgumentError {
        let place = path.isEmpty ? "the JSON" : TextEscape.printable(path)
        return ArgumentError("\(place): \(message), and is \(node.kind)")
    }

    // MARK: Fields

    private func encode(
        _ node: JSONReader.Node, _ field: ProtoSchema.Field, _ path: String, _ depth: Int
    ) throws(ArgumentError) -> [UInt8] {
        guard field.isRepeated else { return try single(node, field, path, depth) }
        if let entry = schema.messages[field.typeName], entry.isMapEntry {
            return try map(node, field, entry, path, depth)
        }
        guard case .list(let nodes) = node else { throw wrong(path, "must be a list", node) }
        var bytes: [UInt8] = []
        for (index, element) in nodes.enumerated() {
            // Each with its tag, which every reader of packed fields takes as well.
            bytes += try single(element, field, "\(path)[\(index)]", depth)
        }
        return bytes
    }

    private func map(
        _ node: JSONReader.Node, _ field: ProtoSchema.Field, _ entry: ProtoSchema.Message,
        _ path: String, _ depth: Int
    ) throws(ArgumentError) -> [UInt8] {
        guard case .object(let members) = node else {
            throw wrong(path, "must be an object", node)
        }
        var bytes: [UInt8] = []
        for (name, value) in members {
            let here = "\(path)[\"\(name)\"]"
            var body: [UInt8] = []
            for part in entry.fields {
                let content = part.number == 1 ? JSONReader.Node.text(name) : value
                body += try single(content, part, here, depth + 1)
            }
            bytes += Self.tag(field.number, 2) + Self.counted(body)
        }
        return bytes
    }

    private func single(
        _ node: JSONReader.Node, _ field: ProtoSchema.Field, _ path: String, _ depth: Int
    ) throws(ArgumentError) -> [UInt8] {
        let number = field.number
        switch field.kind {
        case .message:
            let body = try encode(node, as: field.typeName, path: path, depth: depth + 1)
            return Self.tag(number, 2) + Self.counted(body)
        case .string:
            guard case .text(let text) = node else { throw wrong(path, "must be a text", node) }
            return Self.tag(number, 2) + Self.counted(Array(text.utf8))
        case .bytes: return Self.tag(number, 2) + Self.counted(try bytes(node, path))
        case .bool:
            let value = try flag(node, path)
            return Self.tag(number, 0) + [value ? 1 : 0]
        case .enumeration:
            let value = try enumeration(node, field, path)
            return Self.tag(number, 0) + Self.varint(UInt64(bitPattern: Int64(value)))
        case .uint32, .fixed32:
            let value = try integer(node, path, UInt32.self)
            return field.kind == .uint32
                ? Self.tag(number, 0) + Self.varint(UInt64(value))
                : Self.tag(number, 5) + Self.fixed(UInt64(value), 4)
        case .uint64, .fixed64:
            let value = try integer(node, path, UInt64.self)
            return field.kind == .uint64
                ? Self.tag(number, 0) + Self.varint(value)
                : Self.tag(number, 1) + Self.fixed(value, 8)
        case .int32, .int64, .sint32, .sint64, .sfixed32, .sfixed64:
            return try signed(node, field, path)
        case .float:
            let value = Float(try real(node, path))
            return Self.tag(number, 5) + Self.fixed(UInt64(value.bitPattern), 4)
        case .double:
            return Self.tag(number, 1) + Self.fixed(try real(node, path).bitPattern, 8)
        }
    }

    private func signed(
        _ node: JSONReader.Node, _ field: ProtoSchema.Field, _ path: String
    ) throws(ArgumentError) -> [UInt8] {
        let isShort = [.int32, .sint32, .sfixed32].contains(field.kind)
        let value =
            isShort
            ? Int64(try integer(node, path, Int32.self)) : try integer(node, path, Int64.self)
        switch field.kind {
        case .sint32, .sint64:
            let zigzag = UInt64(bitPattern: (value << 1) ^ (value >> 63))
            return Self.tag(field.number, 0) + Self.varint(zigzag)
        case .sfixed32: return Self.tag(field.number, 5) + Self.fixed(UInt64(bitPattern: value), 4)
        case .sfixed64: return Self.tag(field.number, 1) + Self.fixed(UInt64(bitPattern: value), 8)
        default: return Self.tag(field.number, 0) + Self.varint(UInt64(bitPattern: value))
        }
    }

    // MARK: Values

    private func flag(_ node: JSONReader.Node, _ path: String) throws(ArgumentError) -> Bool {
        switch node {
        case .bool(let value): return value
        // The keys of a map are texts.
        case .text("true"): return true
        case .text("false"): return false
        default: throw wrong(path, "must be true or false", node)
        }
    }

    private func integer<Number: FixedWidthInteger>(
        _ node: JSONReader.Node, _ path: String, _ type: Number.Type
    ) throws(ArgumentError) -> Number {
        let text: String
        switch node {
        case .number(let written), .text(let written): text = written
        default:
            throw wrong(path, "must be a whole number from \(Number.min) to \(Number.max)", node)
        }
        guard let value = Number(text), !text.hasPrefix("+") else {
            throw ArgumentError(
                "\(path): must be a whole number from \(Number.min) to \(Number.max), "
                    + "and is \(TextEscape.printable(text))")
        }
        return value
    }

    private func real(_ node: JSONReader.Node, _ path: String) throws(ArgumentError) -> Double {
        switch node {
        case .number(let text): if let value = Double(text) { return value }
        case .text("NaN"): return .nan
        case .text("Infinity"): return .infinity
        case .text("-Infinity"): return -.infinity
        default: break
        }
        throw wrong(path, "must be a number, or \"NaN\" or \"Infinity\"", node)
    }

    private func bytes(_ node: JSONReader.Node, _ path: String) throws(ArgumentError) -> [UInt8] {
        guard case .text(let text) = node else {
            throw wrong(path, "must be base64 or 0x and hexadecimal digits, in quotes", node)
        }
        guard let bytes = BytesText.read(text) else {
            throw ArgumentError(
                "\(path): must be base64 or 0x and an even number of hexadecimal digits")
        }
        return bytes
    }

    private func enumeration(
        _ node: JSONReader.Node, _ field: ProtoSchema.Field, _ path: String
    ) throws(ArgumentError) -> Int32 {
        let known = schema.enumerations[field.typeName]?.values ?? []
        switch node {
        case .number: return try integer(node, path, Int32.self)
        case .text(let name):
            if let found = known.first(where: { $0.name == name }) { return found.number }
            throw ArgumentError(
                "\(path): no value of \(field.typeName)"
                    + Suggestion.hint(for: name, among: known.map(\.name))
                    + "; values: \(known.map(\.name).joined(separator: ", "))")
        default: throw wrong(path, "must be the name of a value of \(field.typeName)", node)
        }
    }

    // MARK: Bytes

    private static func tag(_ number: Int, _ type: UInt64) -> [UInt8] {
        varint(UInt64(truncatingIfNeeded: number) << 3 | type)
    }

    private static func counted(_ body: [UInt8]) -> [UInt8] { varint(UInt64(body.count)) + body }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
        return bytes
    }

    private static func fixed(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }
}

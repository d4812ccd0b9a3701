internal import HoldfastBase
package import HoldfastSettings

/// Services, messages and enums, as a `google.protobuf.FileDescriptorSet` tells of them.
package struct ProtoSchema: Sendable {
    struct Service: Sendable {
        let name: String
        var methods: [Method] = []
    }

    struct Method: Sendable {
        /// "holdfast.v1.LockService/GetLock".
        let path: String
        let request: String
        let response: String
        let isStream: Bool
    }

    struct Message: Sendable {
        let name: String
        var fields: [Field] = []
        var oneofs: [String] = []
        /// An entry of a map, which is written as a member of an object.
        var isMapEntry = false
    }

    struct Field: Sendable {
        var name = ""
        var jsonName = ""
        var number = 0
        var isRepeated = false
        var kind = Kind.int32
        /// Of messages and enums.
        var typeName = ""
        var oneof: Int?
    }

    struct Enumeration: Sendable {
        let name: String
        var values: [(name: String, number: Int32)] = []
    }

    /// The numbers of `google.protobuf.FieldDescriptorProto.Type`.
    enum Kind: UInt64, Sendable {
        case double = 1
        case float = 2
        case int64 = 3
        case uint64 = 4
        case int32 = 5
        case fixed64 = 6
        case fixed32 = 7
        case bool = 8
        case string = 9
        case message = 11
        case bytes = 12
        case uint32 = 13
        case enumeration = 14
        case sfixed32 = 15
        case sfixed64 = 16
        case sint32 = 17
        case sint64 = 18

        /// As .proto files write it.
        var word: String {
            switch self {
            case .enumeration: "enum"
            default: "\(self)"
            }
        }
    }

    private(set) var services: [Service] = []
    private(set) var messages: [String: Message] = [:]
    private(set) var enumerations: [String: Enumeration] = [:]

    /// A schema of nothing.
    package init() {}

    /// Adds all files of a set.
    package mutating func add(_ set: [UInt8], from origin: String) throws(ArgumentError) {
        do throws(WireReader.Malformed) {
            var reader = WireReader(set[...])
            while let (number, content) = try reader.next() {
                if number == 1, case .bytes(let file) = content { try addFile(file) }
            }
        } catch {
            throw ArgumentError(
                "\(origin) is no descriptor set: make it with "
                    + "protoc --include_imports --descriptor_set_out=FILE")
        }
    }

    /// The methods, in the order of their names.
    var methods: [Method] { services.flatMap(\.methods).sorted { $0.path < $1.path } }

    /// The method of that name: whole, or the end of it where that is enough.
    func method(_ name: String) throws(ArgumentError) -> Method {
        let wanted = name.replacing(".", with: "/")
        let all = methods
        if let exact = all.first(where: { $0.path == name }) { return exact }
        let found = all.filter {
            ("/" + $0.path.replacing(".", with: "/")).hasSuffix("/" + wanted)
        }
        if found.count == 1 { return found[0] }
        let shown = TextEscape.printable(name)
        if found.count > 1 {
            throw ArgumentError(
                "several methods are called \(shown): "
                    + found.map(\.path).joined(separator: ", "))
        }
        let short = all.map { String($0.path.split(separator: "/").last ?? "") }
        let hint =
            Suggestion.nearest(to: name, among: all.map(\.path) + short)
            .map { " (did you mean \"\($0)\"?)" } ?? ""
        throw ArgumentError(
            "no method is called \"\(shown)\"\(hint); \"holdfastctl call --describe\" lists them")
    }

    // MARK: Reading

    private typealias Bytes = ArraySlice<UInt8>

    private mutating func addFile(_ file: Bytes) throws(WireReader.Malformed) {
        var package = ""
        var parts: [(number: Int, bytes: Bytes)] = []
        var reader = WireReader(file)
        while let (number, content) = try reader.next() {
            guard case .bytes(let bytes) = content else { continue }
            if number == 2 {
                package = Self.text(bytes)
            } else {
                parts.append((number, bytes))
            }
        }
        for (number, bytes) in parts {
            switch number {
            case 4: try addMessage(bytes, scope: package, depth: 0)
            case 5: try addEnumeration(bytes, scope: package)
            case 6: try addService(bytes, scope: package)
            default: continue
            }
        }
    }

    private static func text(_ bytes: Bytes) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func joined(_ scope: String, _ name: String) -> String {
        scope.isEmpty ? name : "\(scope).\(name)"
    }

    private mutating func addMessage(
        _ bytes: Bytes, scope: String, depth: Int
    ) throws(WireReader.Malformed) {
        guard depth < JSONReader.depthMax else { throw WireReader.Malformed() }
        var name = ""
        var nested: [Bytes] = []
        var enumerations: [Bytes] = []
        var fields: [Field] = []
        var oneofs: [String] = []
        var isMapEntry = false
        var reader = WireReader(bytes)
        while let (number, content) = try reader.next() {
            guard case .bytes(let part) = content else { continue }
            switch number {
            case 1: name = Self.text(part)
            case 2: fields.append(try Self.field(part))
            case 3: nested.append(part)
            case 4: enumerations.append(part)
            case 7: isMapEntry = try Self.number(7, in: part) == 1
            case 8: oneofs.append(try Self.text(1, in: part))
            default: continue
            }
        }
        let whole = Self.joined(scope, name)
        messages[whole] = Message(
            name: whole, fields: fields, oneofs: oneofs, isMapEntry: isMapEntry)
        for part in nested { try addMessage(part, scope: whole, depth: depth + 1) }
        for part in enumerations { try addEnumeration(part, scope: whole) }
    }

    private static func field(_ bytes: Bytes) throws(WireReader.Malformed) -> Field {
        var field = Field()
        var reader = WireReader(bytes)
        while let (number, content) = try reader.next() {
            switch (number, content) {
            case (1, .bytes(let part)): field.name = text(part)
            case (3, .varint(let value)): field.number = Int(truncatingIfNeeded: value)
            case (4, .varint(let value)): field.isRepeated = value == 3
            case (5, .varint(let value)):
                // Groups are the one kind that is not known, and proto3 has none.
                guard let kind = Kind(rawValue: value) else { throw WireReader.Malformed() }
                field.kind = kind
            case (6, .bytes(let part)): field.typeName = String(text(part).drop { $0 == "." })
            case (9, .varint(let value)): field.oneof = Int(truncatingIfNeeded: value)
            case (10, .bytes(let part)): field.jsonName = text(part)
            default: continue
            }
        }
        return field
    }

    private mutating func addEnumeration(
        _ bytes: Bytes, scope: String
    ) throws(WireReader.Malformed) {
        var name = ""
        var values: [(name: String, number: Int32)] = []
        var reader = WireReader(bytes)
        while let (number, content) = try reader.next() {
            guard case .bytes(let part) = content else { continue }
            switch number {
            case 1: name = Self.text(part)
            case 2:
                let value = Int32(truncatingIfNeeded: try Self.number(2, in: part))
                values.append((try Self.text(1, in: part), value))
            default: continue
            }
        }
        let whole = Self.joined(scope, name)
        enumerations[whole] = Enumeration(name: whole, values: values)
    }

    private mutating func addService(_ bytes: Bytes, scope: String) throws(WireReader.Malformed) {
        var service = Service(name: Self.joined(scope, try Self.text(1, in: bytes)))
        var reader = WireReader(bytes)
        while let (number, content) = try reader.next() {
            guard number == 2, case .bytes(let part) = content else { continue }
            // What only a client stream could call is not callable here.
            guard try Self.number(5, in: part) == 0 else { continue }
            service.methods.append(
                Method(
                    path: "\(service.name)/\(try Self.text(1, in: part))",
                    request: String(try Self.text(2, in: part).drop { $0 == "." }),
                    response: String(try Self.text(3, in: part).drop { $0 == "." }),
                    isStream: try Self.number(6, in: part) == 1))
        }
        services.removeAll { $0.name == service.name }
        services.append(service)
    }

    private static func text(
        _ wanted: Int, in bytes: Bytes
    ) throws(WireReader.Malformed) -> String {
        var found = ""
        var reader = WireReader(bytes)
        while let (number, content) = try reader.next() {
            if number == wanted, case .bytes(let part) = content { found = text(part) }
        }
        return found
    }

    private static func number(
        _ wanted: Int, in bytes: Bytes
    ) throws(WireReader.Malformed) -> UInt64 {
        var found: UInt64 = 0
        var reader = WireReader(bytes)
        while let (number, content) = try reader.next() {
            if number == wanted, case .varint(let value) = content { found = value }
        }
        return found
    }
}

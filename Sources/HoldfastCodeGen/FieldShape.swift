/// All that the emitters need to know of one field, in the words of both sides.
struct FieldShape {
    let field: ProtoField
    /// The Swift member, escaped.
    let name: String
    /// The Swift type of one value.
    let element: String
    /// The C member.
    let cMember: String
    let cCount: String

    init(_ field: ProtoField, types: TypeTable) {
        self.field = field
        name = Self.member(field.name)
        cMember = Names.cMember(field.name)
        cCount = Names.cCount(field.name)
        element =
            switch field.kind {
            case .message, .enum: types.swift(field.typeName)
            case .bytes: "[UInt8]"
            case .string: "String"
            default: Self.scalars[field.kind]?.swift ?? "Never"
            }
    }

    static func member(_ protoName: String) -> String {
        let name = Names.member(protoName)
        let isTaken =
            SchemaCheck.takenMembers.contains(name) || SchemaCheck.takenInViews.contains(name)
        return isTaken ? name + "_" : Names.escaped(name)
    }

    /// The type of the stored property.
    var propertyType: String {
        if field.isRepeated { return "[\(element)]" }
        return field.kind == .message ? element + "?" : element
    }

    var propertyDefault: String {
        if field.isRepeated { return "[]" }
        switch field.kind {
        case .message: return "nil"
        case .enum: return "\(element)(rawValue: 0)"
        case .string: return "\"\""
        case .bytes: return "[]"
        case .bool: return "false"
        default: return "0"
        }
    }

    /// Whether `value`, a singular one that is not a message, differs from the default.
    func isSet(_ value: String) -> String {
        switch field.kind {
        case .string, .bytes: "!\(value).isEmpty"
        case .bool: value
        case .enum: "\(value).rawValue != 0"
        // By bits: -0.0 equals 0.0 and is not the default.
        case .float, .double: "\(value).bitPattern != 0"
        default: "\(value) != 0"
        }
    }

    /// "UInt32" of `putUInt32`, `writeUInt32`.
    var verb: String {
        switch field.kind {
        case .message: "Message"
        case .bytes: "Bytes"
        case .string: "String"
        case .enum: "Int32"
        default: Self.scalars[field.kind]?.verb ?? ""
        }
    }

    /// What is handed to the writer for `value`.
    func wire(_ value: String) -> String {
        field.kind == .enum ? value + ".rawValue" : value
    }

    func put(_ value: String) -> String {
        "writer.put\(verb)(\(wire(value)), field: \(field.number))"
    }

    /// The encoded size of one value with its tag.
    func size(_ value: String) -> String {
        switch field.kind {
        case .message, .bytes, .string:
            "WireSize.\(sizeName)(\(value), field: \(field.number))"
        default:
            "WireSize.tag(\(field.number)) &+ \(valueSize(value))"
        }
    }

    /// The encoded size of one value without a tag.
    func valueSize(_ value: String) -> String { "WireSize.\(sizeName)(\(wire(value)))" }

    private var sizeName: String {
        switch field.kind {
        case .message: "message"
        case .bytes: "bytes"
        case .string: "string"
        case .enum: "int32"
        default: Self.scalars[field.kind]?.size ?? ""
        }
    }

    var isScalar: Bool {
        switch field.kind {
        case .message, .bytes, .string, .group: false
        default: true
        }
    }

    /// An expression that copies a singular C value.
    func copied(_ value: String) -> String {
        switch field.kind {
        case .message: "unsafe DecodedValue.optional(\(value), as: \(element).self)"
        case .bytes: "unsafe DecodedValue.bytes(\(value))"
        case .string: "unsafe DecodedValue.text(\(value))"
        default: "unsafe \(converted(value))"
        }
    }

    /// A C scalar as a Swift one.
    func converted(_ value: String) -> String {
        switch field.kind {
        case .bool: "\(value) != 0"
        case .enum: "\(element)(rawValue: Int32(truncatingIfNeeded: \(value).rawValue))"
        default: value
        }
    }

    /// An expression that copies all elements of a repeated field of `c`.
    func copiedArray(_ c: String) -> String {
        let lists = "\(c).\(cMember), \(c).\(cCount)"
        let convert =
            switch field.kind {
            case .message: "{ unsafe DecodedValue.message($0, as: \(element).self) }"
            case .bytes: "{ unsafe DecodedValue.bytes($0) }"
            case .string: "{ unsafe DecodedValue.text($0) }"
            case .bool, .enum: "{ \(converted("$0")) }"
            default: "{ $0 }"
            }
        return "unsafe DecodedValue.array(\(lists)) \(convert)"
    }

    /// The type by which a view shows one value.
    var viewElement: String {
        switch field.kind {
        case .message: element + ".View"
        case .bytes, .string: "UnsafeRawBufferPointer"
        default: element
        }
    }

    /// An expression that shows one C value without copying it.
    func viewed(_ value: String) -> String {
        switch field.kind {
        case .message: "unsafe \(element).View(\(value))"
        case .bytes: "unsafe DecodedValue.view(\(value))"
        case .string: "unsafe DecodedValue.viewText(\(value))"
        default: "unsafe \(converted(value))"
        }
    }

    private static let scalars: [ProtoField.Kind: (swift: String, verb: String, size: String)] = [
        .double: ("Double", "Double", "double"),
        .float: ("Float", "Float", "float"),
        .int64: ("Int64", "Int64", "int64"),
        .uint64: ("UInt64", "UInt64", "uint64"),
        .int32: ("Int32", "Int32", "int32"),
        .fixed64: ("UInt64", "Fixed64", "fixed64"),
        .fixed32: ("UInt32", "Fixed32", "fixed32"),
        .bool: ("Bool", "Bool", "bool"),
        .uint32: ("UInt32", "UInt32", "uint32"),
        .sfixed32: ("Int32", "SFixed32", "sfixed32"),
        .sfixed64: ("Int64", "SFixed64", "sfixed64"),
        .sint32: ("Int32", "SInt32", "sint32"),
        .sint64: ("Int64", "SInt64", "sint64"),
    ]
}

/// Builds the protobuf bytes that protoc would send, a field at a time.
struct Descriptor {
    private(set) var bytes: [UInt8] = []

    init(_ build: (inout Descriptor) -> Void = { _ in }) {
        build(&self)
    }

    mutating func number(_ field: Int, _ value: Int) {
        varint(field << 3)
        varint(value)
    }

    mutating func text(_ field: Int, _ value: String) { block(field, Array(value.utf8)) }

    mutating func message(_ field: Int, _ build: (inout Descriptor) -> Void) {
        block(field, Descriptor(build).bytes)
    }

    mutating func block(_ field: Int, _ value: [UInt8]) {
        varint(field << 3 | 2)
        varint(value.count)
        bytes += value
    }

    private mutating func varint(_ value: Int) {
        var rest = UInt64(truncatingIfNeeded: value)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}

/// The parts of descriptor.proto, by name.
extension Descriptor {
    /// The numbers of FieldDescriptorProto.Type.
    enum Kind: Int {
        case uint64 = 4, int32 = 5, string = 9, group = 10, message = 11, bytes = 12, uint32 = 13
        case `enum` = 14
    }

    static func request(
        _ files: [Descriptor], generate: [String], options: String = "c_module=CTest"
    ) -> [UInt8] {
        Descriptor { request in
            for name in generate { request.text(1, name) }
            request.text(2, options)
            for file in files { request.block(15, file.bytes) }
        }.bytes
    }

    static func file(
        _ name: String = "t.proto", package: String = "a.v1", syntax: String = "proto3",
        _ build: (inout Descriptor) -> Void
    ) -> Descriptor {
        Descriptor { file in
            file.text(1, name)
            if !package.isEmpty { file.text(2, package) }
            build(&file)
            if syntax != "proto2" { file.text(12, syntax) }
        }
    }

    /// A top-level message.
    mutating func declare(_ name: String, _ build: (inout Descriptor) -> Void = { _ in }) {
        message(4) {
            $0.text(1, name)
            build(&$0)
        }
    }

    /// A message within a message.
    mutating func nest(_ name: String, _ build: (inout Descriptor) -> Void = { _ in }) {
        message(3) {
            $0.text(1, name)
            build(&$0)
        }
    }

    /// An enum: field 5 of a file, 4 of a message.
    mutating func enumeration(_ field: Int, _ name: String, _ values: [(String, Int)]) {
        message(field) { enumeration in
            enumeration.text(1, name)
            for (name, number) in values {
                enumeration.message(2) {
                    $0.text(1, name)
                    $0.number(2, number)
                }
            }
        }
    }

    mutating func field(
        _ name: String, _ number: Int, _ kind: Kind, of type: String? = nil,
        repeated: Bool = false, oneof: Int? = nil, optional: Bool = false
    ) {
        message(2) { field in
            field.text(1, name)
            field.number(3, number)
            field.number(4, repeated ? 3 : 1)
            field.number(5, kind.rawValue)
            if let type { field.text(6, type) }
            if let oneof { field.number(9, oneof) }
            if optional { field.number(17, 1) }
        }
    }

    mutating func oneof(_ name: String) {
        message(8) { $0.text(1, name) }
    }

    mutating func service(
        _ name: String,
        _ methods: [(name: String, input: String, output: String, client: Bool, server: Bool)]
    ) {
        message(6) { service in
            service.text(1, name)
            for method in methods {
                service.message(2) {
                    $0.text(1, method.name)
                    $0.text(2, method.input)
                    $0.text(3, method.output)
                    if method.client { $0.number(5, 1) }
                    if method.server { $0.number(6, 1) }
                }
            }
        }
    }

    /// Comments and lines: SourceCodeInfo.
    mutating func origins(_ origins: [(path: [Int], line: Int, comment: String)]) {
        message(9) { info in
            for origin in origins {
                info.message(1) { location in
                    var path = Descriptor()
                    for step in origin.path { path.varint(step) }
                    location.block(1, path.bytes)
                    var span = Descriptor()
                    for number in [origin.line - 1, 0, 1] { span.varint(number) }
                    location.block(2, span.bytes)
                    location.text(3, origin.comment)
                }
            }
        }
    }
}

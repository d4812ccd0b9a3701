/// Reads descriptors. Field numbers are those of google/protobuf/descriptor.proto.
struct ProtoParser {
    /// Deeper nesting of message declarations than anyone writes; bounds the recursion.
    private static let depthMax = 32

    private var origins: [[Int]: ProtoOrigin] = [:]

    static func file(_ bytes: ArraySlice<UInt8>) throws(BrokenRequest) -> ProtoFile {
        var parser = ProtoParser()
        return try parser.file(bytes)
    }

    private mutating func file(_ bytes: ArraySlice<UInt8>) throws(BrokenRequest) -> ProtoFile {
        var file = ProtoFile()
        var stripped = DescriptorWriter()
        var messages: [ArraySlice<UInt8>] = []
        var enums: [ArraySlice<UInt8>] = []
        var services: [ArraySlice<UInt8>] = []
        var reader = DescriptorReader(bytes)
        while let (number, value) = try reader.next() {
            switch number {
            case 1: file.name = value.text
            case 2: file.package = value.text
            case 4: messages.append(value.slice)
            case 5: enums.append(value.slice)
            case 6: services.append(value.slice)
            case 7: file.hasExtensions = true
            case 9: try readOrigins(value.slice)
            case 12: file.syntax = value.text
            default: break
            }
            guard number != 9 else { continue }
            switch value {
            case .number(let value): stripped.put(number, value)
            case .bytes(let value): stripped.put(number, value)
            case .other: break
            }
        }
        for (index, bytes) in messages.enumerated() {
            file.messages.append(try message(bytes, path: [4, index]))
        }
        for (index, bytes) in enums.enumerated() {
            file.enums.append(try enumeration(bytes, path: [5, index]))
        }
        for (index, bytes) in services.enumerated() {
            file.services.append(try service(bytes, path: [6, index]))
        }
        file.strippedBytes = stripped.bytes
        return file
    }

    private mutating func readOrigins(_ bytes: ArraySlice<UInt8>) throws(BrokenRequest) {
        var locations = DescriptorReader(bytes)
        while let (number, value) = try locations.next() {
            guard number == 1 else { continue }
            var path: [Int] = []
            var origin = ProtoOrigin()
            var trailing = ""
            var reader = DescriptorReader(value.slice)
            while let (number, value) = try reader.next() {
                switch number {
                case 1:
                    var numbers = DescriptorReader(value.slice)
                    path = try numbers.varints()
                case 2:
                    var numbers = DescriptorReader(value.slice)
                    origin.line = ((try numbers.varints()).first ?? -1) &+ 1
                case 3: origin.comment = value.text
                case 4: trailing = value.text
                default: break
                }
            }
            if origin.comment.isEmpty { origin.comment = trailing }
            origins[path] = origin
        }
    }

    private func origin(_ path: [Int]) -> ProtoOrigin { origins[path] ?? ProtoOrigin() }

    private func message(
        _ bytes: ArraySlice<UInt8>, path: [Int]
    ) throws(BrokenRequest) -> ProtoMessage {
        guard path.count <= 2 * Self.depthMax else { throw BrokenRequest() }
        var message = ProtoMessage()
        message.origin = origin(path)
        var reader = DescriptorReader(bytes)
        while let (number, value) = try reader.next() {
            switch number {
            case 1: message.name = value.text
            case 2:
                let index = message.fields.count
                message.fields.append(try field(value.slice, path: path + [2, index]))
            case 3:
                let index = message.messages.count
                message.messages.append(try self.message(value.slice, path: path + [3, index]))
            case 4:
                let index = message.enums.count
                message.enums.append(try enumeration(value.slice, path: path + [4, index]))
            case 5, 6: message.hasExtensions = true
            case 7: message.isMapEntry = try flag(7, in: value.slice) ?? false
            case 8:
                let index = message.oneofs.count
                message.oneofs.append(try oneof(value.slice, path: path + [8, index]))
            default: break
            }
        }
        return message
    }

    private func oneof(
        _ bytes: ArraySlice<UInt8>, path: [Int]
    ) throws(BrokenRequest) -> ProtoOneof {
        var oneof = ProtoOneof()
        oneof.origin = origin(path)
        var reader = DescriptorReader(bytes)
        while let (number, value) = try reader.next() {
            if number == 1 { oneof.name = value.text }
        }
        return oneof
    }

    private func field(
        _ bytes: ArraySlice<UInt8>, path: [Int]
    ) throws(BrokenRequest) -> ProtoField {
        var field = ProtoField()
        field.origin = origin(path)
        var reader = DescriptorReader(bytes)
        while let (number, value) = try reader.next() {
            switch number {
            case 1: field.name = value.text
            case 3: field.number = value.int
            case 4: field.isRepeated = value.int == 3
            case 5:
                guard let kind = ProtoField.Kind(rawValue: value.int) else { throw BrokenRequest() }
                field.kind = kind
            case 6: field.typeName = value.text
            case 8:
                field.isPacked = try flag(2, in: value.slice) ?? true
                field.isDeprecated = try flag(3, in: value.slice) ?? false
            case 9: field.oneofIndex = value.int
            case 17: field.isProto3Optional = value.bool
            default: break
            }
        }
        guard (1...0x1fff_ffff).contains(field.number) else { throw BrokenRequest() }
        return field
    }

    /// A boolean field of an options message.
    private func flag(
        _ wanted: Int, in options: ArraySlice<UInt8>
    ) throws(BrokenRequest) -> Bool? {
        var found: Bool?
        var reader = DescriptorReader(options)
        while let (number, value) = try reader.next() {
            if number == wanted { found = value.bool }
        }
        return found
    }

    private func enumeration(
        _ bytes: ArraySlice<UInt8>, path: [Int]
    ) throws(BrokenRequest) -> ProtoEnum {
        var enumeration = ProtoEnum()
        enumeration.origin = origin(path)
        var reader = DescriptorReader(bytes)
        while let (number, value) = try reader.next() {
            if number == 1 { enumeration.name = value.text }
            guard number == 2 else { continue }
            var one = ProtoEnum.Value()
            one.origin = origin(path + [2, enumeration.values.count])
            var fields = DescriptorReader(value.slice)
            while let (number, value) = try fields.next() {
                if number == 1 { one.name = value.text }
                if number == 2 { one.number = value.int }
            }
            enumeration.values.append(one)
        }
        return enumeration
    }

    private func service(
        _ bytes: ArraySlice<UInt8>, path: [Int]
    ) throws(BrokenRequest) -> ProtoService {
        var service = ProtoService()
        service.origin = origin(path)
        var reader = DescriptorReader(bytes)
        while let (number, value) = try reader.next() {
            if number == 1 { service.name = value.text }
            guard number == 2 else { continue }
            var method = ProtoService.Method()
            method.origin = origin(path + [2, service.methods.count])
            var fields = DescriptorReader(value.slice)
            while let (number, value) = try fields.next() {
                switch number {
                case 1: method.name = value.text
                case 2: method.input = value.text
                case 3: method.output = value.text
                case 5: method.isClientStreaming = value.bool
                case 6: method.isServerStreaming = value.bool
                default: break
                }
            }
            service.methods.append(method)
        }
        return service
    }
}

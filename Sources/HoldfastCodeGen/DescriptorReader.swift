/// Reads fields out of protobuf bytes: all the generator needs of the wire format.
///
/// It has its own so that making the codec does not need the codec. Every read is bounded by the
/// slice; bad bytes end in an error, never in a trap.
struct DescriptorReader {
    /// The value of a field, by wire type; 32- and 64-bit values do not occur in descriptors.
    enum Value {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)
        case other
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// The next field, with its number; nil at the end.
    mutating func next() throws(BrokenRequest) -> (number: Int, value: Value)? {
        guard !rest.isEmpty else { return nil }
        let tag = try varint()
        guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw BrokenRequest() }
        let number = Int(tag >> 3)
        switch tag & 7 {
        case 0: return (number, .number(try varint()))
        case 1: return (number, try skip(8))
        case 2: return (number, .bytes(try take(try varint())))
        case 5: return (number, try skip(4))
        default: throw BrokenRequest()
        }
    }

    /// A varint of up to ten bytes.
    mutating func varint() throws(BrokenRequest) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = rest.popFirst(), shift < 70 {
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw BrokenRequest()
    }

    /// All varints up to the end: a packed field.
    mutating func varints() throws(BrokenRequest) -> [Int] {
        var values: [Int] = []
        while !rest.isEmpty { values.append(Int(truncatingIfNeeded: try varint())) }
        return values
    }

    private mutating func take(_ count: UInt64) throws(BrokenRequest) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw BrokenRequest() }
        let taken = rest.prefix(Int(count))
        rest = rest.dropFirst(Int(count))
        return taken
    }

    private mutating func skip(_ count: UInt64) throws(BrokenRequest) -> Value {
        _ = try take(count)
        return .other
    }
}

/// The bytes are not a `CodeGeneratorRequest`: not the user's fault but protoc's, or ours.
package struct BrokenRequest: Error, CustomStringConvertible {
    /// What to print.
    package var description: String { "standard input is not a protobuf CodeGeneratorRequest" }
}

extension DescriptorReader.Value {
    var text: String {
        guard case .bytes(let bytes) = self else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    var slice: ArraySlice<UInt8> {
        guard case .bytes(let bytes) = self else { return [] }
        return bytes
    }

    /// Truncates to what protobuf's int32 would hold.
    var int: Int {
        guard case .number(let number) = self else { return 0 }
        return Int(Int32(truncatingIfNeeded: number))
    }

    var bool: Bool { int != 0 }
}

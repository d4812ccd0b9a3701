/// How a field's value is laid out; the low three bits of a tag.
enum WireType {
    static let varint: UInt8 = 0
    static let fixed64: UInt8 = 1
    static let lengthPrefixed: UInt8 = 2
    static let groupStart: UInt8 = 3
    static let groupEnd: UInt8 = 4
    static let fixed32: UInt8 = 5

    /// The largest field number protobuf has.
    static let fieldNumberMax: UInt32 = 1 << 29 - 1
}

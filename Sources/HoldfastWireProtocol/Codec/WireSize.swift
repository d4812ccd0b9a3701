/// How many bytes the functions of `WireWriter` write; the same names, the same order.
public enum WireSize {
    /// A varint.
    @inlinable
    public static func varint(_ value: UInt64) -> Int {
        (70 &- (value | 1).leadingZeroBitCount) / 7
    }

    /// The tag of `field`.
    @inlinable
    public static func tag(_ field: UInt32) -> Int { varint(UInt64(field) << 3) }

    /// A length and as many bytes behind the tag of `field`.
    @inlinable
    public static func lengthPrefixed(_ count: Int, field: UInt32) -> Int {
        tag(field) &+ varint(UInt64(count)) &+ count
    }

    /// A `bytes` field.
    @inline(never)
    public static func bytes(_ value: [UInt8], field: UInt32) -> Int {
        lengthPrefixed(value.count, field: field)
    }

    /// A `string` field.
    @inline(never)
    public static func string(_ value: String, field: UInt32) -> Int {
        lengthPrefixed(value.utf8.count, field: field)
    }

    /// A message field.
    @inlinable
    public static func message(_ value: some WireMessage, field: UInt32) -> Int {
        lengthPrefixed(value.encodedBytes, field: field)
    }

    /// A packed field; `bytes` gives the size of one element.
    @inlinable
    public static func packed<Value>(
        _ values: [Value], field: UInt32, bytes: (Value) -> Int
    ) -> Int {
        lengthPrefixed(values.reduce(0) { $0 &+ bytes($1) }, field: field)
    }

    /// A `int32` value.
    @inlinable
    public static func int32(_ value: Int32) -> Int { varint(UInt64(truncatingIfNeeded: value)) }

    /// A `int64` value.
    @inlinable
    public static func int64(_ value: Int64) -> Int { varint(UInt64(bitPattern: value)) }

    /// A `uint32` value.
    @inlinable
    public static func uint32(_ value: UInt32) -> Int { varint(UInt64(value)) }

    /// A `uint64` value.
    @inlinable
    public static func uint64(_ value: UInt64) -> Int { varint(value) }

    /// A `sint32` value.
    @inlinable
    public static func sint32(_ value: Int32) -> Int {
        varint(UInt64(UInt32(bitPattern: value << 1 ^ value >> 31)))
    }

    /// A `sint64` value.
    @inlinable
    public static func sint64(_ value: Int64) -> Int {
        varint(UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    /// A `bool` value.
    @inlinable
    public static func bool(_ value: Bool) -> Int { 1 }

    /// A `fixed32` value.
    @inlinable
    public static func fixed32(_ value: UInt32) -> Int { 4 }

    /// A `sfixed32` value.
    @inlinable
    public static func sfixed32(_ value: Int32) -> Int { 4 }

    /// A `float` value.
    @inlinable
    public static func float(_ value: Float) -> Int { 4 }

    /// A `fixed64` value.
    @inlinable
    public static func fixed64(_ value: UInt64) -> Int { 8 }

    /// A `sfixed64` value.
    @inlinable
    public static func sfixed64(_ value: Int64) -> Int { 8 }

    /// A `double` value.
    @inlinable
    public static func double(_ value: Double) -> Int { 8 }
}

/// One value of each scalar type, behind its tag. proto3 leaves out what equals the default;
/// generated code decides that, these always write.
extension WireWriter {
    /// A `int32` field.
    @inlinable
    public mutating func putInt32(_ value: Int32, field: UInt32) {
        put(UInt64(truncatingIfNeeded: value), field: field, wireType: .varint)
    }

    /// A `int64` field.
    @inlinable
    public mutating func putInt64(_ value: Int64, field: UInt32) {
        put(UInt64(bitPattern: value), field: field, wireType: .varint)
    }

    /// A `uint32` field.
    @inlinable
    public mutating func putUInt32(_ value: UInt32, field: UInt32) {
        put(UInt64(value), field: field, wireType: .varint)
    }

    /// A `uint64` field.
    @inlinable
    public mutating func putUInt64(_ value: UInt64, field: UInt32) {
        put(value, field: field, wireType: .varint)
    }

    /// A `sint32` field.
    @inlinable
    public mutating func putSInt32(_ value: Int32, field: UInt32) {
        put(UInt64(UInt32(bitPattern: value << 1 ^ value >> 31)), field: field, wireType: .varint)
    }

    /// A `sint64` field.
    @inlinable
    public mutating func putSInt64(_ value: Int64, field: UInt32) {
        put(UInt64(bitPattern: value << 1 ^ value >> 63), field: field, wireType: .varint)
    }

    /// A `bool` field.
    @inlinable
    public mutating func putBool(_ value: Bool, field: UInt32) {
        put(value ? 1 : 0, field: field, wireType: .varint)
    }

    /// A `fixed32` field.
    @inlinable
    public mutating func putFixed32(_ value: UInt32, field: UInt32) {
        putTag(field: field, wireType: .fixed32)
        writeFixed32(value)
    }

    /// A `sfixed32` field.
    @inlinable
    public mutating func putSFixed32(_ value: Int32, field: UInt32) {
        putTag(field: field, wireType: .fixed32)
        writeSFixed32(value)
    }

    /// A `float` field.
    @inlinable
    public mutating func putFloat(_ value: Float, field: UInt32) {
        putTag(field: field, wireType: .fixed32)
        writeFloat(value)
    }

    /// A `fixed64` field.
    @inlinable
    public mutating func putFixed64(_ value: UInt64, field: UInt32) {
        putTag(field: field, wireType: .fixed64)
        writeFixed64(value)
    }

    /// A `sfixed64` field.
    @inlinable
    public mutating func putSFixed64(_ value: Int64, field: UInt32) {
        putTag(field: field, wireType: .fixed64)
        writeSFixed64(value)
    }

    /// A `double` field.
    @inlinable
    public mutating func putDouble(_ value: Double, field: UInt32) {
        putTag(field: field, wireType: .fixed64)
        writeDouble(value)
    }
}

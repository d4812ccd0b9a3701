/// Values without a tag, as they follow each other in a packed field.
extension WireWriter {
    /// A `int32` value.
    @inlinable
    public mutating func writeInt32(_ value: Int32) {
        putVarint(UInt64(truncatingIfNeeded: value))
    }

    /// A `int64` value.
    @inlinable
    public mutating func writeInt64(_ value: Int64) {
        putVarint(UInt64(bitPattern: value))
    }

    /// A `uint32` value.
    @inlinable
    public mutating func writeUInt32(_ value: UInt32) {
        putVarint(UInt64(value))
    }

    /// A `uint64` value.
    @inlinable
    public mutating func writeUInt64(_ value: UInt64) {
        putVarint(value)
    }

    /// A `sint32` value.
    @inlinable
    public mutating func writeSInt32(_ value: Int32) {
        putVarint(UInt64(UInt32(bitPattern: value << 1 ^ value >> 31)))
    }

    /// A `sint64` value.
    @inlinable
    public mutating func writeSInt64(_ value: Int64) {
        putVarint(UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    /// A `bool` value.
    @inlinable
    public mutating func writeBool(_ value: Bool) {
        putVarint(value ? 1 : 0)
    }

    /// A `fixed32` value.
    @inlinable
    public mutating func writeFixed32(_ value: UInt32) {
        putLittleEndian(value)
    }

    /// A `sfixed32` value.
    @inlinable
    public mutating func writeSFixed32(_ value: Int32) {
        putLittleEndian(UInt32(bitPattern: value))
    }

    /// A `float` value.
    @inlinable
    public mutating func writeFloat(_ value: Float) {
        putLittleEndian(value.bitPattern)
    }

    /// A `fixed64` value.
    @inlinable
    public mutating func writeFixed64(_ value: UInt64) {
        putLittleEndian(value)
    }

    /// A `sfixed64` value.
    @inlinable
    public mutating func writeSFixed64(_ value: Int64) {
        putLittleEndian(UInt64(bitPattern: value))
    }

    /// A `double` value.
    @inlinable
    public mutating func writeDouble(_ value: Double) {
        putLittleEndian(value.bitPattern)
    }
}

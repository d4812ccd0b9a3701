/// Writes messages straight into memory of the caller: an output buffer, or an array being made.
///
/// Nothing is allocated and nothing is written outside that memory: what does not fit sets
/// `overflowed`, and from then on nothing is written any more. Ask `encodedBytes` first and there
/// is no overflow.
@safe public struct WireWriter {
    /// The wire types that are written.
    public enum WireType: UInt8, Sendable {
        /// A number in as many bytes as it needs.
        case varint = 0
        /// Eight bytes.
        case fixed64 = 1
        /// A length and as many bytes.
        case lengthPrefixed = 2
        /// Four bytes.
        case fixed32 = 5
    }

    @usableFromInline let memory: UnsafeMutableRawBufferPointer

    /// Bytes written so far.
    public private(set) var count = 0

    /// Whether something did not fit.
    public private(set) var overflowed = false

    /// Writes to the start of `memory`, which must outlive the writer.
    @unsafe public init(_ memory: UnsafeMutableRawBufferPointer) {
        unsafe self.memory = memory
    }

    /// Takes the next `bytes` bytes and says where they begin; nil, for good, when they do not fit.
    @usableFromInline
    mutating func reserve(_ bytes: Int) -> UnsafeMutableRawPointer? {
        guard !overflowed, unsafe bytes <= memory.count &- count,
            let base = unsafe memory.baseAddress
        else {
            if bytes > 0 { overflowed = true }
            return nil
        }
        let place = unsafe base + count
        count &+= bytes
        return unsafe place
    }

    /// A number in as many bytes as it needs.
    @inlinable
    public mutating func putVarint(_ value: UInt64) {
        guard var place = unsafe reserve(WireSize.varint(value)) else { return }
        var rest = value
        while rest >= 0x80 {
            unsafe place.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, as: UInt8.self)
            unsafe place += 1
            rest >>= 7
        }
        unsafe place.storeBytes(of: UInt8(truncatingIfNeeded: rest), as: UInt8.self)
    }

    /// A number in as many bytes as its type has.
    @inlinable
    public mutating func putLittleEndian<Number: FixedWidthInteger & BitwiseCopyable>(
        _ value: Number
    ) {
        guard let place = unsafe reserve(MemoryLayout<Number>.size) else { return }
        unsafe place.storeBytes(of: value.littleEndian, as: Number.self)
    }

    /// The number and wire type of the field that follows.
    @inlinable
    public mutating func putTag(field: UInt32, wireType: WireType) {
        putVarint(UInt64(field) << 3 | UInt64(wireType.rawValue))
    }

    /// A field that is a number, or the length of what follows: most of what is written. Not inlined:
    /// hundreds of places of generated code call it, and one call is as quick as two tests for space.
    @usableFromInline @inline(never)
    mutating func put(_ value: UInt64, field: UInt32, wireType: WireType) {
        let tag = UInt64(field) << 3 | UInt64(wireType.rawValue)
        guard tag < 0x80 else {
            putVarint(tag)
            putVarint(value)
            return
        }
        guard var place = unsafe reserve(WireSize.varint(value) &+ 1) else { return }
        unsafe place.storeBytes(of: UInt8(truncatingIfNeeded: tag), as: UInt8.self)
        unsafe place += 1
        var rest = value
        while rest >= 0x80 {
            unsafe place.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, as: UInt8.self)
            unsafe place += 1
            rest >>= 7
        }
        unsafe place.storeBytes(of: UInt8(truncatingIfNeeded: rest), as: UInt8.self)
    }

    /// Bytes as they are.
    @unsafe public mutating func putRaw(_ bytes: UnsafeRawBufferPointer) {
        guard let place = unsafe reserve(bytes.count), let source = bytes.baseAddress else {
            return
        }
        unsafe place.copyMemory(from: source, byteCount: bytes.count)
    }

    /// A `bytes` field.
    @unsafe public mutating func putBytes(_ value: UnsafeRawBufferPointer, field: UInt32) {
        put(UInt64(value.count), field: field, wireType: .lengthPrefixed)
        unsafe putRaw(value)
    }

    /// A `bytes` field.
    @inline(never)
    public mutating func putBytes(_ value: [UInt8], field: UInt32) {
        unsafe value.withUnsafeBytes { unsafe putBytes($0, field: field) }
    }

    /// A `bytes` field.
    public mutating func putBytes(_ value: RawSpan, field: UInt32) {
        unsafe value.withUnsafeBytes { unsafe putBytes($0, field: field) }
    }

    /// A `string` field. Peers refuse a NUL in it.
    @inline(never)
    public mutating func putString(_ value: String, field: UInt32) {
        var value = value
        value.withUTF8 { unsafe putBytes(UnsafeRawBufferPointer($0), field: field) }
    }

    /// A message field.
    public mutating func putMessage(_ value: some WireMessage, field: UInt32) {
        put(UInt64(value.encodedBytes), field: field, wireType: .lengthPrefixed)
        value.encode(into: &self)
    }

    /// A packed field: `bytes` gives the size of one element, `write` writes it.
    @inlinable
    public mutating func putPacked<Value>(
        _ values: [Value], field: UInt32, bytes: (Value) -> Int,
        write: (inout WireWriter, Value) -> Void
    ) {
        let length = values.reduce(0) { $0 &+ bytes($1) }
        put(UInt64(length), field: field, wireType: .lengthPrefixed)
        for value in values { write(&self, value) }
    }
}

/// A message of the wire contract as a Swift value; generated from a `.proto` file.
///
/// Decoding goes pre-scan → protobuf-c → `init(decoded:)`; encoding is generated Swift, because it
/// costs a tenth of protobuf-c's (docs/performance.md). Unknown fields are not kept.
public protocol WireMessage: Sendable, Hashable {
    /// The message with every field at its default.
    init()

    /// The scan rules of this type, compiled at first use.
    static var schema: WireSchema { get }

    /// Copies what protobuf-c decoded. `message` must point to the decoded C struct of this very
    /// type, after the pre-scan has passed.
    @unsafe init(decoded message: UnsafeRawPointer)

    /// How many bytes `encode(into:)` writes.
    var encodedBytes: Int { get }

    /// Appends the fields, in the order of their numbers.
    func encode(into writer: inout WireWriter)
}

extension WireMessage {
    /// Decodes `bytes` with the limits of a request.
    public init(decoding bytes: RawSpan) throws(WireDecodingError) {
        try self.init(decoding: bytes, limits: .request)
    }

    /// Decodes `bytes` with the limits of a request.
    public init(decoding bytes: [UInt8]) throws(WireDecodingError) {
        try unsafe self.init(decoding: bytes.span.bytes, limits: .request)
    }

    /// Decodes `bytes`, using memory of its own for the time of the call.
    package init(decoding bytes: RawSpan, limits: ScanLimits) throws(WireDecodingError) {
        var arena = WireArena(firstBlockBytes: 1024)
        try self.init(decoding: bytes, arena: &arena, limits: limits)
    }

    /// Decodes `bytes` with the memory of `arena`, which is left for the caller to reset.
    package init(
        decoding bytes: RawSpan, arena: inout WireArena, limits: ScanLimits
    ) throws(WireDecodingError) {
        let decoded = try unsafe Self.schema.decode(bytes, arena: &arena, limits: limits)
        unsafe self.init(decoded: decoded)
    }

    /// The encoded message.
    public func encoded() -> [UInt8] {
        let bytes = encodedBytes
        return unsafe [UInt8](unsafeUninitializedCapacity: bytes) { memory, count in
            var writer = unsafe WireWriter(UnsafeMutableRawBufferPointer(memory))
            encode(into: &writer)
            count = writer.count
        }
    }
}

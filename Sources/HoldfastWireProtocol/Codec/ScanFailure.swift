/// What `PreScan` throws: a few words without references, so that the good path pays nothing for
/// it. Becomes a `WireDecodingError`, with the name of the message, at the edge.
@safe struct ScanFailure: Error, @unchecked Sendable {
    // Unchecked: the table is immortal and immutable.
    private let table: UnsafePointer<SchemaTable>
    private let kind: WireDecodingError.Kind
    private let field: UInt32
    private let offset: Int

    init(
        _ kind: WireDecodingError.Kind, in table: UnsafePointer<SchemaTable>, at offset: Int,
        field: UInt32 = 0
    ) {
        unsafe self.table = table
        self.kind = kind
        self.field = field
        self.offset = offset
    }

    var decodingError: WireDecodingError {
        WireDecodingError(
            kind: kind, messageName: unsafe table.pointee.fullName, byteOffset: offset,
            fieldNumber: field)
    }
}

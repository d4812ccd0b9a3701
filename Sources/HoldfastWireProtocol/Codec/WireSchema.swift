/// The scan rules of one message type: a word-sized handle on a table that lives as long as the
/// process. Compiled once for each type from protobuf-c's descriptor.
@safe public struct WireSchema: @unchecked Sendable {
    // Unchecked: the table is written once, under the registry's lock, before the handle exists,
    // and never again; it is never freed.
    let table: UnsafePointer<SchemaTable>

    /// The schema of the type of a C message that its `x__init` function has initialised.
    ///
    /// protobuf-c's messages begin with the pointer to their descriptor. It is taken from there
    /// because `withUnsafePointer(to: x__descriptor)` gives the address of a copy on the stack.
    @unsafe public init(initialized message: UnsafeRawPointer) {
        unsafe self.init(descriptor: message.load(as: UnsafeRawPointer.self))
    }

    /// The schema of a `ProtobufCMessageDescriptor`, which must live as long as the process.
    @unsafe public init(descriptor: UnsafeRawPointer) {
        unsafe table = SchemaRegistry.table(of: descriptor)
    }

    /// Full name of the message type: "holdfast.v1.EchoRequest".
    public var fullName: String {
        unsafe table.pointee.fullName
    }
}

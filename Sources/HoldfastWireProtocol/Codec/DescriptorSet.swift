/// The descriptors of a module's `.proto` files, as generated code carries them.
public struct DescriptorSet: Sendable {
    private let base64: StaticString

    /// A set from base64, which generated code has made.
    public init(base64: StaticString) {
        self.base64 = base64
    }

    /// A serialised `google.protobuf.FileDescriptorSet`, decoded anew at each call.
    public var bytes: [UInt8] { Base64.decode(base64) ?? [] }
}

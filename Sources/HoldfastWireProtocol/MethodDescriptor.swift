/// What a call of one method needs to know: its name on the wire and the types at both ends.
///
/// Generated code has one constant per method; nothing else tells requests and responses together.
public struct MethodDescriptor<Request: WireMessage, Response: WireMessage>: Sendable {
    /// Full name as it travels in `RequestHead.method`: "holdfast.v1.EchoService/Echo".
    public let path: String
    /// Whether it answers once or with a stream.
    public let kind: MethodKind

    /// A method called `path`.
    public init(path: String, kind: MethodKind) {
        self.path = path
        self.kind = kind
    }
}

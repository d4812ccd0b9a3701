/// How many messages a method answers with.
public enum MethodKind: Sendable, Hashable {
    /// One request, one response.
    case unary
    /// One request, any number of items.
    case serverStream
}

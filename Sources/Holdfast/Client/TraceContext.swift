/// The W3C trace context that calls of the client carry: bind it around them.
///
/// ```swift
/// try await TraceContext.$current.withValue(TraceContext(traceparent: header)) {
///     try await client.withLock("orders/42") { lock in try await ship(order, fence: lock.fence) }
/// }
/// ```
public struct TraceContext: Hashable, Sendable {
    /// The header `traceparent`.
    public var traceparent: String
    /// The header `tracestate`.
    public var tracestate: String

    /// A trace context.
    public init(traceparent: String, tracestate: String = "") {
        self.traceparent = traceparent
        self.tracestate = tracestate
    }

    /// That of the task; `nil` outside of a trace.
    @TaskLocal public static var current: TraceContext?
}

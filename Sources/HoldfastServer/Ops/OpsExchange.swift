import HoldfastBase

/// One connection of the ops listener: request bytes in, answer bytes out, then close.
///
/// The listener serves probes and scrapers without TLS, because those mostly cannot present a client
/// certificate. It therefore tells nothing but health and numbers, and changes nothing. Time limits
/// and the number of connections are bounded by the driver.
package struct OpsExchange {
    /// What to do after bytes came.
    package enum OnBytes: Hashable, Sendable {
        /// Read on.
        case readMore
        /// Read no more; gather the facts, and give them to `answer`.
        case gather
        /// Write these bytes, then close.
        case answer([UInt8])
    }

    private enum State {
        case reading
        case asked(OpsRequest)
        case answered
    }

    private var parser = OpsRequestParser()
    private var state = State.reading

    /// A connection that has sent nothing.
    package init() {}

    /// Takes bytes as they come.
    package mutating func receive(_ bytes: some Sequence<UInt8>) -> OnBytes {
        // Bytes behind a request: the peer has not seen the close yet.
        guard case .reading = state else { return .readMore }
        switch parser.receive(bytes) {
        case .needsMore:
            return .readMore
        case .refused(let status, let words):
            state = .answered
            return .answer(OpsResponse(status, body: words + "\n").bytes())
        case .request(let request):
            state = .asked(request)
            return .gather
        }
    }

    /// The answer to the request that is complete; empty when there is none.
    package mutating func answer(_ facts: OpsFacts) -> [UInt8] {
        guard case .asked(let request) = state else { return [] }
        state = .answered
        let response = Self.response(to: request.path, facts)
        return response.bytes(withBody: request.method == .get)
    }

    /// The paths and what they tell.
    package static let paths: [(path: String, meaning: String)] = [
        ("/livez", "200 while the process works; restart it when not"),
        ("/readyz", "200 while callers should come here, and why not"),
        ("/healthz", "the same as /readyz"),
        ("/metrics", "numbers, for Prometheus"),
    ]

    static func response(to path: String, _ facts: OpsFacts) -> OpsResponse {
        switch path {
        case "/livez":
            return facts.isLive
                ? OpsResponse(.ok, body: "ok\n") : OpsResponse(.unavailable, body: "not live\n")
        case "/readyz", "/healthz":
            var lines = facts.checks.map { check in
                let detail = check.detail.isEmpty ? "" : ": \(TextEscape.printable(check.detail))"
                return "[\(check.isGood ? "+" : "-")] \(check.name)\(detail)\n"
            }
            lines.append(facts.isReady ? "ready\n" : "not ready\n")
            return OpsResponse(facts.isReady ? .ok : .unavailable, body: lines.joined())
        case "/metrics":
            return OpsResponse(.ok, contentType: MetricText.contentType, body: facts.metrics())
        default:
            let known = paths.map { entry in
                let gap = String(repeating: " ", count: max(0, 10 - entry.path.count))
                return "\(entry.path)\(gap)\(entry.meaning)\n"
            }
            return OpsResponse(.notFound, body: "no such path; there are:\n" + known.joined())
        }
    }
}

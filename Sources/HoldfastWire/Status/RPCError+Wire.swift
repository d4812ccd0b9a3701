/// The error as it travels: google.rpc.Status in a `ResponseHead`.
extension RPCError {
    private static let typePrefix = "type.googleapis.com/google.rpc."
    package static let domain = "holdfast"
    /// A message longer than this is cut before it is sent.
    private static let messageBytesMax = 1024

    package var head: ResponseHead {
        var head = ResponseHead()
        head.code = code.rawValue
        head.message = Self.cut(message)
        head.notProcessed = isNotProcessed
        if let retryAfter {
            let milliseconds = retryAfter / .milliseconds(1)
            head.retryAfterMs = milliseconds < 0 ? -1 : Int64(min(max(1, milliseconds), 1e15))
        }
        if !reason.isEmpty || !metadata.isEmpty {
            var info = ErrorInfo()
            info.reason = reason
            info.domain = Self.domain
            info.metadata = metadata.sorted { $0.key < $1.key }.map { entry in
                ErrorInfoMetadata(key: entry.key, value: entry.value)
            }
            head.details.append(
                Detail(typeUrl: Self.typePrefix + "ErrorInfo", value: info.encoded()))
        }
        if !violations.isEmpty {
            var bad = BadRequest()
            bad.fieldViolations = violations.map { violation in
                FieldViolation(field: violation.field, description: violation.description)
            }
            head.details.append(
                Detail(typeUrl: Self.typePrefix + "BadRequest", value: bad.encoded()))
        }
        return head
    }

    /// The error a response carries, or `nil` when it says OK.
    package init?(_ head: ResponseHead) {
        guard head.code != 0 else { return nil }
        self.init(RPCCode(rawValue: head.code) ?? .unknown, head.message)
        isNotProcessed = head.notProcessed
        if head.retryAfterMs != 0 { retryAfter = .milliseconds(head.retryAfterMs) }
        for detail in head.details {
            // A detail that is unknown or broken costs only itself: the code stands.
            switch detail.typeUrl {
            case Self.typePrefix + "ErrorInfo":
                guard let info = try? ErrorInfo(decoding: detail.value) else { continue }
                reason = info.reason
                for entry in info.metadata { metadata[entry.key] = entry.value }
            case Self.typePrefix + "BadRequest":
                guard let bad = try? BadRequest(decoding: detail.value) else { continue }
                violations = bad.fieldViolations.map {
                    Violation(field: $0.field, description: $0.description)
                }
            default: continue
            }
        }
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > messageBytesMax else { return text }
        return String(text.prefix(messageBytesMax / 4)) + "…"
    }
}

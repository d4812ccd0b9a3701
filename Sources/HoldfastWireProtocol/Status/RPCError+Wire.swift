/// The error as it travels: google.rpc.Status in a `ResponseHead`.
extension RPCError {
    private static let typePrefix = "type.googleapis.com/google.rpc."
    package static let domain = "holdfast"
    // A HEAD of more than 8 KiB, or with a NUL in a text, ends the connection at the other end, and
    // with it every other call: whatever a handler says is cut to what fits.
    private static let messageBytesMax = 1024
    private static let reasonBytesMax = 256
    private static let detailBytesMax = 3072
    /// More than the tags and lengths of one entry need.
    private static let entryBytes = 16

    package var head: ResponseHead {
        var head = ResponseHead()
        head.code = code.rawValue
        head.message = Self.fit(message, Self.messageBytesMax)
        head.notProcessed = isNotProcessed
        if let retryAfter {
            let milliseconds = retryAfter / .milliseconds(1)
            head.retryAfterMs = milliseconds < 0 ? -1 : Int64(min(max(1, milliseconds), 1e15))
        }
        if !reason.isEmpty || !metadata.isEmpty { head.details.append(errorInfo) }
        if !violations.isEmpty { head.details.append(badRequest) }
        return head
    }

    private var errorInfo: Detail {
        let sorted = metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        var info = ErrorInfo()
        info.reason = Self.fit(reason, Self.reasonBytesMax)
        info.domain = Self.domain
        info.metadata = Self.fitting(sorted).map { ErrorInfoMetadata(key: $0, value: $1) }
        return Detail(typeUrl: Self.typePrefix + "ErrorInfo", value: info.encoded())
    }

    private var badRequest: Detail {
        var bad = BadRequest()
        bad.fieldViolations = Self.fitting(violations.map { ($0.field, $0.description) })
            .map { FieldViolation(field: $0, description: $1) }
        return Detail(typeUrl: Self.typePrefix + "BadRequest", value: bad.encoded())
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

    /// The first of `entries`, as many as there is room for.
    private static func fitting(_ entries: [(String, String)]) -> [(String, String)] {
        var room = detailBytesMax
        var taken: [(String, String)] = []
        for (name, value) in entries {
            room -= name.utf8.count + value.utf8.count + entryBytes
            guard room >= 0 else { break }
            taken.append((fit(name, name.utf8.count), fit(value, value.utf8.count)))
        }
        return taken
    }

    /// `text` without NUL, and no longer than `bytes`.
    private static func fit(_ text: String, _ bytes: Int) -> String {
        var text = text
        if text.utf8.contains(0) {
            text.unicodeScalars.removeAll { $0.value == 0 }
        }
        guard text.utf8.count > bytes else { return text }
        let mark = "…"
        // By scalars: one character can be longer than all the room.
        var end = text.utf8.index(text.startIndex, offsetBy: bytes - mark.utf8.count)
        while end.samePosition(in: text.unicodeScalars) == nil {
            end = text.utf8.index(before: end)
        }
        return String(text[..<end]) + mark
    }
}

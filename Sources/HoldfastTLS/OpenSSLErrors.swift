internal import COpenSSL

/// The thread's queue of OpenSSL errors.
///
/// `SSL_get_error` looks into the queue, so an error that another session left there would be
/// taken for one of this session. Hence: `clear` before every call whose result goes there.
enum OpenSSLErrors {
    /// Reasons worth telling; the rest only repeats them from further out.
    private static let reasonsMax = 3

    static func clear() {
        ERR_clear_error()
    }

    /// The reasons in the queue, innermost first; empties the queue.
    static func drain() -> String {
        var text = ""
        var count = 0
        while true {
            let code = ERR_get_error()
            if code == 0 { break }
            count += 1
            guard count <= reasonsMax else { continue }
            let reason = reasonText(UInt(code))
            if !text.isEmpty { text += "; " }
            text += reason
        }
        return text
    }

    /// OpenSSL's words for an error code; they are constants, never a peer's bytes.
    static func reasonText(_ code: UInt) -> String {
        guard let words = unsafe ERR_reason_error_string(code) else {
            return "error \(code & 0x7f_ffff)"
        }
        return unsafe String(cString: words)
    }
}

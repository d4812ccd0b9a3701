internal import COpenSSL

/// What OpenSSL's callbacks have to tell the session they run for.
///
/// Callbacks get the `SSL` object and not our value, so they leave one machine word with it: no
/// allocation, no pointer that could dangle.
struct SessionNote {
    /// Why the verification callback refused a certificate.
    var problem: IdentityProblem?
    /// Handshake messages so far, key updates among them; wraps around.
    var messages: UInt

    @safe
    init(of ssl: OpaquePointer) {
        let word = unsafe UInt(hf_ssl_note(ssl))
        problem = IdentityProblem(rawValue: UInt8(truncatingIfNeeded: word))
        messages = word >> 8
    }

    @safe
    func store(in ssl: OpaquePointer) {
        unsafe hf_ssl_set_note(ssl, messages << 8 | UInt(problem?.rawValue ?? 0))
    }
}

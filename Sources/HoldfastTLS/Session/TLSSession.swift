internal import COpenSSL
internal import Glibc
internal import HoldfastBase

/// One TLS connection over a descriptor that somebody else owns and has made non-blocking.
///
/// It is the owner of an `SSL` object and nothing more: no buffer, no queue, no event loop. Every
/// method makes progress as far as the descriptor allows and says what it waits for. A failed
/// session stays failed: every later call gives the same failure and OpenSSL is not asked again,
/// as its manual demands.
///
/// - Important: The calling thread must have SIGPIPE blocked or ignored.
///
/// It keeps its context alive, so that a reload never pulls the rug from under a connection.
@safe
package struct TLSSession: ~Copyable, @unchecked Sendable {
    // Proof of `Sendable`: the SSL object is reached only through this value, which cannot be
    // copied, so whichever thread has it is alone with it. The context is immutable.

    private enum Phase {
        /// → `open` when the handshake completes, → `failed`.
        case handshaking
        /// → `failed`.
        case open
        /// Final.
        case failed(TLSFailure)
    }

    /// What every TLS connection begins with.
    private static let handshakeRecord: Int32 = 0x16

    private let ssl: OpaquePointer
    private let context: TLSContext
    private var phase = Phase.handshaking
    /// Handshake messages that `read` knows of; more mean that a key update has come.
    private var messagesSeen: UInt = 0
    private var keyUpdates = KeyUpdateBudget()
    /// What a client begins with; negative while it is not known, and on a client.
    private var firstByte: Int32 = -1
    /// The name in the client's certificate; `nil` on a client, and before the handshake is
    /// complete, and when the client was not asked for a certificate or had none.
    package private(set) var peerIdentity: PeerIdentity?
    /// The application protocol both sides agreed on; `nil` before the handshake is complete.
    package private(set) var selectedProtocol: String?

    /// Begins a session as the accepting side.
    package init(server context: TLSContext, descriptor: Int32) throws(TLSError) {
        precondition(context.role == .server, "A client's context cannot accept connections.")
        let ssl = unsafe try Self.makeSSL(context, descriptor)
        unsafe SSL_set_accept_state(ssl)
        unsafe self.ssl = ssl
        self.context = context
    }

    /// Begins a session as the dialling side.
    ///
    /// - Parameter serverName: The DNS name or IP address that must be in the server's
    ///   certificate. There is no way not to check it.
    package init(
        client context: TLSContext, descriptor: Int32, serverName: String
    ) throws(TLSError) {
        precondition(context.role == .client, "A server's context cannot dial.")
        let name = try ServerName(serverName)
        let ssl = unsafe try Self.makeSSL(context, descriptor)
        guard name.demand(of: ssl) else {
            unsafe SSL_free(ssl)
            throw TLSError.library("set the server name to check")
        }
        unsafe SSL_set_connect_state(ssl)
        unsafe self.ssl = ssl
        self.context = context
    }

    deinit {
        unsafe SSL_free(ssl)
    }

    private static func makeSSL(
        _ context: TLSContext, _ descriptor: Int32
    ) throws(TLSError) -> OpaquePointer {
        OpenSSLErrors.clear()
        guard let ssl = unsafe SSL_new(context.pointer) else {
            throw TLSError.library("begin a session")
        }
        guard unsafe SSL_set_fd(ssl, descriptor) == 1 else {
            unsafe SSL_free(ssl)
            throw TLSError.library("use the descriptor")
        }
        return unsafe ssl
    }

    /// Drives the handshake. After `.complete` the session can read and write.
    package mutating func handshake() -> HandshakeStep {
        switch phase {
        case .open: return .complete
        case .failed(let failure): return .failed(failure)
        case .handshaking: break
        }
        if context.role == .server, firstByte < 0 { firstByte = unsafe hf_ssl_first_byte(ssl) }
        OpenSSLErrors.clear()
        let result = unsafe SSL_do_handshake(ssl)
        if result == 1 { return admit() }
        switch outcome(result) {
        case .wantRead: return .wantRead
        case .wantWrite: return .wantWrite
        case .closed: return .failed(fail(endOfHandshake))
        case .failed(let failure):
            let isEnd = failure.reason == .truncated || failure.reason == .peerClosed
            return .failed(fail(isEnd ? endOfHandshake : failure))
        case .bytes:
            unreachable("a result that is not success carries no bytes")
            return .failed(fail(TLSFailure(.other)))
        }
    }

    /// Whether the peer has sent less than the header of a first record, and it does not begin like one:
    /// OpenSSL does not know yet that this is no TLS.
    package var hasFragmentOnly: Bool {
        guard case .handshaking = phase, firstByte >= 0, firstByte != Self.handshakeRecord else {
            return false
        }
        return unsafe hf_ssl_has_fragment_only(ssl) == 1
    }

    private var endOfHandshake: TLSFailure {
        TLSFailure(hasFragmentOnly ? .notTLS : .peerClosed)
    }

    /// What must hold beyond a complete handshake: a protocol, and a client that has a name.
    private mutating func admit() -> HandshakeStep {
        let selected = unsafe context.protocols.selected(by: ssl)
        guard selected != nil || context.protocols.names.isEmpty else {
            return .failed(fail(TLSFailure(.noApplicationProtocol)))
        }
        if context.role == .server, let certificate = unsafe SSL_get0_peer_certificate(ssl) {
            // The callback has already looked; a name it refused has failed the handshake.
            do throws(IdentityProblem) {
                peerIdentity = unsafe try CertificateNames.identity(of: certificate)
            } catch {
                return .failed(fail(TLSFailure(TLSFailure.reason(problem: error))))
            }
        }
        if let certificate = unsafe SSL_get0_peer_certificate(ssl) {
            peerSerial = unsafe CertificateNames.serial(of: certificate)
        }
        if context.role == .server { unsafe hf_ssl_forget_peer(ssl) }
        unsafe hf_ssl_forget_ephemeral_keys(ssl)
        selectedProtocol = selected
        messagesSeen = unsafe SessionNote(of: ssl).messages
        phase = .open
        return .complete
    }

    /// Reads decrypted bytes into `buffer`, which must not be empty.
    ///
    /// Readiness of the descriptor is not enough to know that nothing is left: call until
    /// `.wantRead`, or until a short read with `pendingBytes` 0.
    package mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> TransferStep {
        if let over = unopened() { return .failed(over) }
        precondition(buffer.count > 0, "A read needs room.")
        while true {
            var count = 0
            OpenSSLErrors.clear()
            let result = unsafe SSL_read_ex(ssl, buffer.baseAddress, buffer.count, &count)
            if result == 1 {
                keyUpdates.received(count)
                return .bytes(count)
            }
            let step = settle(outcome(result))
            // OpenSSL returns after each key update (see ContextBuilder); more may be waiting
            // in the kernel, and an edge-triggered loop would not be told of it again.
            guard case .wantRead = step else { return step }
            let messages = unsafe SessionNote(of: ssl).messages
            guard messages != messagesSeen else { return step }
            messagesSeen = messages
            guard keyUpdates.take() else {
                return .failed(fail(TLSFailure(.keyUpdateFlood)))
            }
        }
    }

    /// Encrypts and sends from the start of `buffer`, which must not be empty; may take only a
    /// part of it. After `.wantRead` or `.wantWrite` the next write must begin with the same
    /// bytes (they may have moved) and be at least as long.
    package mutating func write(_ buffer: UnsafeRawBufferPointer) -> TransferStep {
        if let over = unopened() { return .failed(over) }
        precondition(buffer.count > 0, "A write needs bytes.")
        var count = 0
        OpenSSLErrors.clear()
        let result = unsafe SSL_write_ex(ssl, buffer.baseAddress, buffer.count, &count)
        if result == 1 { return .bytes(count) }
        let step = outcome(result)
        // A broken pipe after the peer's close is reported as that close; for a writer it is
        // the end all the same.
        if case .closed = step { return .failed(fail(TLSFailure(.peerClosed))) }
        return settle(step)
    }

    /// Changes the key this side encrypts with and tells the peer, or leaves that to the next
    /// write when the descriptor takes nothing. AES-GCM should not encrypt more than 2^24 full
    /// records with one key, and OpenSSL does not count. False in the middle of a write that
    /// has to be repeated: try again later.
    package mutating func updateKeys() -> Bool {
        guard case .open = phase else { return false }
        OpenSSLErrors.clear()
        defer { OpenSSLErrors.clear() }
        guard unsafe SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 else { return false }
        unsafe SSL_do_handshake(ssl)
        return true
    }

    /// Bytes that are decrypted and wait for `read`: no readiness event will tell of them.
    package var pendingBytes: Int {
        unsafe Int(SSL_pending(ssl))
    }

    /// The serial number of the peer's certificate; `nil` without one.
    package private(set) var peerSerial: CertificateSerial?

    /// Tells the peer that nothing more comes. It does not wait for anything: when the
    /// descriptor takes no bytes, the peer sees the bare end of the stream instead.
    package mutating func shutdown() {
        guard case .open = phase else { return }
        OpenSSLErrors.clear()
        unsafe SSL_shutdown(ssl)
        OpenSSLErrors.clear()
    }

    // MARK: Results

    private func unopened() -> TLSFailure? {
        switch phase {
        case .open: nil
        case .failed(let failure): failure
        case .handshaking: preconditionFailure("The handshake is not complete.")
        }
    }

    private mutating func fail(_ failure: TLSFailure) -> TLSFailure {
        phase = .failed(failure)
        return failure
    }

    /// Remembers a failure, so that OpenSSL is not asked again.
    private mutating func settle(_ step: TransferStep) -> TransferStep {
        if case .failed(let failure) = step { return .failed(fail(failure)) }
        return step
    }

    /// What a result that is not success means. To be called straight after the call.
    private func outcome(_ result: Int32) -> TransferStep {
        let systemCode = errno
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .wantRead
        case SSL_ERROR_WANT_WRITE: return .wantWrite
        case SSL_ERROR_ZERO_RETURN: return .closed
        case SSL_ERROR_SYSCALL where ERR_peek_error() == 0:
            return .failed(TLSFailure(.peerClosed, systemCode: systemCode))
        default:
            let failure = unsafe TLSFailure.fromQueue(
                verifyResult: SSL_get_verify_result(ssl),
                problem: SessionNote(of: ssl).problem)
            return .failed(failure)
        }
    }
}

internal import HoldfastBase
package import HoldfastRPC
package import HoldfastWire

/// A failed call in words: code, reason, message, and what to do next.
package struct Complaint: Hashable, Sendable {
    package let error: RPCError
    package let next: String?

    /// - Parameter endpoints: where it was tried.
    package init(_ error: RPCError, endpoints: [Endpoint]) {
        self.error = error
        next = Self.advice(
            error, endpoints.map(\.description).joined(separator: ", "), .init())
    }

    /// - Parameter settings: where it was tried, and with which certificates.
    package init(_ error: RPCError, _ settings: ControlSettings) {
        self.error = error
        let endpoints = settings.endpoints.map(\.description).joined(separator: ", ")
        next = Self.advice(error, endpoints, settings.credentials)
    }

    package func text(_ form: ControlSettings.Form, _ paint: Paint) -> String {
        switch form {
        case .json, .jsonl: json.line + "\n"
        case .table:
            paint.apply(.bad, "holdfastctl: ") + HumanText.foreign(error.description) + "\n"
                + (next.map(Self.indented) ?? "")
        }
    }

    private static func indented(_ text: String) -> String {
        TextTable.wrapped(text, 76).map { "  \($0)\n" }.joined()
    }

    private var json: JSONValue {
        .object([
            "error": .object([
                "code": .text(error.code.name), "reason": .text(error.reason),
                "message": .text(error.message),
                "violations": .list(
                    error.violations.map {
                        .object(["field": .text($0.field), "description": .text($0.description)])
                    }),
                "metadata": .object(
                    error.metadata.sorted { $0.key < $1.key }
                        .map { .init(name: $0.key, value: .text($0.value)) }),
                "retry": .text(error.retryClass.rawValue),
                "retry_after_ms": error.retryAfter.map {
                    .signed(Interval($0).nanoseconds / 1_000_000)
                } ?? .null,
                "not_processed": .bool(error.isNotProcessed),
                "next": next.map { .text($0) } ?? .null,
            ])
        ])
    }

    private static func advice(
        _ error: RPCError, _ endpoints: String, _ credentials: ControlSettings.Credentials
    ) -> String? {
        switch error.code {
        case .unavailable where error.reason == "NOT_CONNECTED" && error.message.contains(silent):
            "Something listens there and does not answer as holdfastd does: is it the right port? "
                + "Another address is given with --endpoint HOST:PORT."
        case .unavailable where error.reason == "NOT_CONNECTED":
            "Is holdfastd running there? Another address is given with --endpoint HOST:PORT."
        case .unavailable where error.message.contains("cluster init"):
            "Its nodes become a cluster once: holdfastctl cluster init"
        case .unavailable where error.reason == "NO_QUORUM":
            "\"holdfastctl nodes\" shows what is wrong with each node; a wait (--wait TIME) goes on "
                + "through it."
        case .failedPrecondition where error.metadata["holder_fence"] != nil: holderAdvice(error)
        case .unavailable:
            "Try again; if it stays so, look at the log of the server at \(endpoints)."
        case .unauthenticated: authenticationAdvice(error, credentials)
        case .invalidArgument where error.reason == "TLS_SETTINGS":
            "These are --ca, --cert and --key, or HOLDFAST_CA, HOLDFAST_CERT and HOLDFAST_KEY."
        case .permissionDenied:
            "The policy decides; \"holdfastctl policy explain FILE \(principal(error)) "
                + "\(error.metadata["verb"] ?? "VERB") [KEY]\" says by which line; the principal is "
                + "the URI name in your certificate\(path(credentials.certificate))."
        case .deadlineExceeded:
            "It may have taken effect. Give it longer with --timeout TIME."
        case .unimplemented:
            "The server is of another version: compare with \"holdfastctl version\"."
        case .resourceExhausted:
            "A limit was reached; \"holdfastctl limits\" shows them all."
        case .internal, .unknown, .dataLoss: "Look at the log of the server at \(endpoints)."
        default: nil
        }
    }

    /// Who holds the lock that somebody else wanted to give back.
    private static func holderAdvice(_ error: RPCError) -> String {
        let fence = error.metadata["holder_fence"] ?? ""
        let texts = [error.metadata["holder_metadata"], error.metadata["holder"]]
        let who = texts.compactMap { $0 }.first { !$0.isEmpty }.map(HumanText.foreign)
        let name = HumanText.foreign(error.metadata["name"] ?? "NAME")
        return
            "\(name) is held by \(who ?? "somebody who says nothing of itself"), under fence \(fence). "
            + "Who has its grant gives it back; \"holdfastctl lock release NAME --force --fence \(fence) "
            + "--reason TEXT\" takes it away."
    }

    /// What is said of who accepts a connection and then says nothing.
    private static let silent = "did not answer in time"

    /// How TLS errors begin that the other end has found.
    private static let peerReports = "the peer reports"

    private static func principal(_ error: RPCError) -> String {
        let principal = error.metadata["principal"] ?? ""
        return principal.isEmpty ? "PRINCIPAL" : HumanText.foreign(principal)
    }

    /// " (FILE)", where it is known.
    private static func path(_ file: String?) -> String {
        file.map { " (\(HumanText.foreign($0)))" } ?? ""
    }

    private static func authenticationAdvice(
        _ error: RPCError, _ credentials: ControlSettings.Credentials
    ) -> String {
        switch error.reason {
        case "NAME_MISMATCH":
            "The host of --endpoint must be in the server's certificate; if it has another name, "
                + "give that with --server-name NAME."
        case "CERTIFICATE_REQUIRED":
            "The server wants to know who you are: give --cert FILE and --key FILE."
        case "UNKNOWN_CA" where error.message.contains(peerReports):
            "The server does not trust the CA that has signed your certificate"
                + "\(path(credentials.certificate)): give another with "
                + "--cert FILE and --key FILE, or add that CA to the server's --tls-client-ca."
        case "UNKNOWN_CA":
            "Your --ca\(path(credentials.authority ?? "what this machine trusts")) has not signed the "
                + "server's certificate: give the CA that has with --ca FILE."
        case "CERTIFICATE_EXPIRED" where error.message.contains(peerReports):
            "Your certificate\(path(credentials.certificate)) is over, as the server's clock has it: "
                + "have another made, and give it "
                + "with --cert FILE and --key FILE."
        case "CERTIFICATE_EXPIRED":
            "The server's certificate is over: put a new one in the place of its --tls-certificate, and "
                + "send the server SIGHUP."
        default:
            "Check the certificates: --ca must have signed the server's, and the server must trust "
                + "the CA of --cert."
        }
    }
}

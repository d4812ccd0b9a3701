/// What a context was made of, for logs and metrics.
package struct TLSFacts: Hashable, Sendable {
    /// Our own certificate; `nil` on a client that sends none.
    package let leaf: CertificateFacts?
    /// The trusted CA that expires first; `nil` when none was given.
    package let authority: CertificateFacts?
}

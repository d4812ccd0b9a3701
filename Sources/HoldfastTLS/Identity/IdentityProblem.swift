/// Why a certificate that verifies still does not tell who its holder is.
enum IdentityProblem: UInt8, Error, Hashable, CaseIterable {
    /// Neither a URI nor a DNS name; the common name does not count.
    case missing = 1
    /// Two URI names: which one is meant would be our guess.
    case ambiguous
    /// More names than are looked at.
    case tooManyNames
    /// A name with forbidden bytes or too long, or an extension that is not DER.
    case malformed
    /// Not about names: an RSA key that costs too much to verify with.
    case keyTooLarge
}

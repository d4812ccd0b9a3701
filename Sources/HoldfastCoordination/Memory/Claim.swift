/// A claim says which asking for a grant this is: a number whose last three digits count the tries of
/// one handling of a request by one server; the others name the handling, the larger the later.
///
/// What was on its way when a connection broke may arrive late. Then the end of an earlier try must
/// not take back what a later one got; and an acquire of any try comes too late when its handling is
/// over.
package enum Claim {
    /// How many claims one handling has.
    static let triesMax: UInt64 = 1000

    /// What all tries of one handling have in common.
    package static func handling(_ claim: UInt64) -> UInt64 { claim / triesMax }

    /// Whether who takes back `claim` takes back `other` too: the same, or an earlier try of it.
    package static func covers(_ claim: UInt64, _ other: UInt64) -> Bool {
        claim == other || (other != 0 && other < claim && handling(other) == handling(claim))
    }

    /// The claim of the next try; the last one serves for all that follow.
    static func next(_ claim: UInt64) -> UInt64 {
        claim == 0 || claim % triesMax == triesMax - 1 ? claim : claim + 1
    }
}

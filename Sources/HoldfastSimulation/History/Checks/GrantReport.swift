import HoldfastBase

/// One answer that said a grant is held: by so many nodes, until then.
struct GrantReport {
    /// Of the acquire or renewal; the nodes were asked between the two.
    let called: Instant
    let returned: Instant
    let strength: Int
    let deadline: Instant
    /// Its place in the history.
    let record: Int
}

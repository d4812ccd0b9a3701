/// How many key updates a peer may still make: some for nothing, and then one for so much data.
///
/// Peers change keys after many megabytes. One that changes them for a byte has the other side derive
/// keys all the time, dozens within one read.
struct KeyUpdateBudget {
    private var used = 0
    /// Data that has not paid for a key update yet.
    private var bytes = 0

    /// Data has come.
    @inline(__always)
    mutating func received(_ count: Int) {
        if used > 0 { pay(count) }
    }

    private mutating func pay(_ count: Int) {
        bytes += count
        let (paid, rest) = bytes.quotientAndRemainder(dividingBy: TLSLimits.keyUpdateBytes)
        used = max(0, used - paid)
        bytes = rest
    }

    /// Takes one; false when there is none left.
    mutating func take() -> Bool {
        used += 1
        return used <= TLSLimits.keyUpdatesMax
    }
}

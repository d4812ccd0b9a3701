/// Draws numbers that are others for each server, and each time, so that servers which meet once do
/// not meet for ever.
struct Lots: Sendable {
    private let salt: UInt64
    private var drawn: UInt64 = 0

    /// - Parameter salt: a number that other servers do not have.
    init(salt: UInt64) { self.salt = salt }

    mutating func draw() -> Int64 {
        drawn += 1
        var mixed = (salt &+ drawn) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 29)) &* 0xBF58_476D_1CE4_E5B9
        return Int64(mixed >> 33)
    }
}

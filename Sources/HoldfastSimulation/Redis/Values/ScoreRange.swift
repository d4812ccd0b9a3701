/// A range of scores as commands write it: `1.5`, `(1.5`, `-inf`.
struct ScoreRange {
    private let minimum: Double
    private let maximum: Double
    private let isMinimumOpen: Bool
    private let isMaximumOpen: Bool

    init(_ minimum: [UInt8], _ maximum: [UInt8]) throws(RedisFailure) {
        (self.minimum, isMinimumOpen) = try Self.bound(minimum)
        (self.maximum, isMaximumOpen) = try Self.bound(maximum)
    }

    func isAboveMinimum(_ score: Double) -> Bool {
        isMinimumOpen ? score > minimum : score >= minimum
    }

    func isBelowMaximum(_ score: Double) -> Bool {
        isMaximumOpen ? score < maximum : score <= maximum
    }

    /// As Redis reads it: by `strtod`, for which nothing is zero.
    private static func bound(_ text: [UInt8]) throws(RedisFailure) -> (Double, Bool) {
        let isOpen = text.first == UInt8(ascii: "(")
        let digits = isOpen ? Array(text.dropFirst()) : text
        let (number, isWhole, _) = RedisNumber.scanned(digits)
        guard isWhole, !number.isNaN else { throw RedisFailure("ERR min or max is not a float") }
        return (number, isOpen)
    }
}

package import HoldfastBase
internal import HoldfastSettings

/// `call`, as it was told.
package struct CallCommand: Hashable, Sendable {
    package let method: String
    /// "-" is standard input; `nil` is an empty object.
    package let json: String?
    package let descriptors: String?
    package let id: [UInt8]?
    /// How many elements of a stream; 0 is all.
    package let count: Int

    init(_ parsed: ParsedArguments) throws(ArgumentError) {
        method = parsed.operands.first ?? ""
        json = parsed.operands.dropFirst().first
        descriptors = parsed.value("descriptors")
        id = try parsed.id("request-id")
        count = try parsed.number("count", 0...1_000_000_000) ?? 0
    }
}

/// `top`, as it was told.
package struct TopPlan: Hashable, Sendable {
    package let interval: Interval
    package let isOnce: Bool
    package internal(set) var prefix: String

    init(_ parsed: ParsedArguments) throws(ArgumentError) {
        interval = try parsed.interval("interval") ?? .seconds(1)
        guard interval >= .milliseconds(100) else {
            throw ArgumentError("--interval must be at least 100ms")
        }
        isOnce = parsed.isOn("once")
        prefix = parsed.value("prefix") ?? ""
    }
}

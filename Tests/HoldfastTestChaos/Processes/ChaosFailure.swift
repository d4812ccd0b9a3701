package import HoldfastBase
internal import HoldfastSystem

/// What a run ran into, in words.
package struct ChaosFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Asks again and again until there is an answer; the limit only ends what hangs.
package func eventually<Answer>(
    _ what: @autoclosure () -> String, within limit: Interval = .seconds(30),
    every pause: Duration = .milliseconds(20), _ answer: () async throws -> Answer?
) async throws -> Answer {
    let end = Clocks.now() + limit
    while true {
        if let answer = try await answer() { return answer }
        guard Clocks.now() < end else {
            throw ChaosFailure("waited \(limit.millisecondsRoundedUp) ms in vain: \(what())")
        }
        try await Task.sleep(for: pause)
    }
}

/// Asks again and again until it is so.
package func eventually(
    _ what: @autoclosure () -> String, within limit: Interval = .seconds(30),
    every pause: Duration = .milliseconds(20), _ isSo: () async throws -> Bool
) async throws {
    let _: Bool = try await eventually(what(), within: limit, every: pause) {
        try await isSo() ? true : nil
    }
}

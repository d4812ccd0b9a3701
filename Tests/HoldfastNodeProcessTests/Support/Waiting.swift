/// What a test ran into, in words.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Asks again and again until there is an answer; the limit only ends what hangs.
func eventually<Answer>(
    _ what: String, within limit: Duration = .seconds(90),
    _ answer: () async throws -> Answer?
) async throws -> Answer {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while true {
        if let answer = try await answer() { return answer }
        guard clock.now < end else { throw Failure("waited \(limit) in vain: \(what)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}

func eventually(
    _ what: String, within limit: Duration = .seconds(90), _ isSo: () async throws -> Bool
) async throws {
    let _: Bool = try await eventually(what, within: limit) { try await isSo() ? true : nil }
}

/// Few nodes at a time: the tests run side by side, the machine has few processors.
actor Places {
    static let shared = Places(3)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}

/// What the ops listener tells about the server.
package struct OpsFacts: Sendable {
    /// One condition of being ready.
    package struct Check: Hashable, Sendable {
        /// What is looked at: "tls", "draining".
        package let name: String
        /// Whether it is as it should be.
        package let isGood: Bool
        /// In words, when it is not.
        package let detail: String

        /// Makes a check.
        package init(_ name: String, isGood: Bool, detail: String = "") {
            self.name = name
            self.isGood = isGood
            self.detail = detail
        }
    }

    /// Whether the process does its work at all; depends on nothing outside it.
    package var isLive: Bool
    /// Whether callers should come here; all must be good.
    package var checks: [Check]
    /// The metrics; made only when asked for.
    package var metrics: @Sendable () -> String

    /// Makes facts.
    package init(isLive: Bool, checks: [Check], metrics: @escaping @Sendable () -> String) {
        self.isLive = isLive
        self.checks = checks
        self.metrics = metrics
    }

    /// Whether every check is good.
    package var isReady: Bool { isLive && checks.allSatisfy(\.isGood) }
}

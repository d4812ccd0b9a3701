package import HoldfastBase
import HoldfastCoordination

/// Whether what callers were told of keys can have happened in one order for each key, each thing
/// between its question and its answer.
///
/// Versions say in which order the changes were made, and each put writes a value of its own, so that
/// what is seen says who made it. First everything is held against that: a version is made once, a
/// change makes one version, what was refused is never seen. What is left (which of those that nobody
/// knows about were made, and when nothing was seen) is searched, see `KeySearch`.
package struct KeyCheck {
    /// What clocks of servers may differ by, which end values with a time to live; `nil` is anything.
    package var clockSlack: Interval?
    /// How many versions a key remembers who made them; a change that is sent again later may be made
    /// twice.
    package var remembered: UInt64 = 64

    package private(set) var report = CheckReport(.keys)
    /// Keys of which the search was given up.
    package private(set) var undecided = 0

    package init(clockSlack: Interval? = .zero) { self.clockSlack = clockSlack }

    package mutating func run(_ calls: [KeyCall]) {
        for (key, ofKey) in Dictionary(grouping: calls, by: \.key).sorted(by: { $0.key < $1.key }) {
            check(key, ofKey)
        }
    }

    private mutating func check(_ key: String, _ calls: [KeyCall]) {
        report.examined += calls.count
        let found = report.found + report.excused
        for call in calls {
            if let problem = Self.problem(call) { blame(key, problem, [call]) }
        }
        let makers = makers(key, calls)
        // What comes of it would be blamed a second time.
        guard report.found + report.excused == found else { return }
        let twice = Set(calls.filter { mayBeTwice($0, calls) }.map(\.number))
        var search = KeySearch(calls, makers: makers, twice: twice, slack: clockSlack)
        switch search.run() {
        case .possible: break
        case .givenUp: undecided += 1
        case .impossible(let message, let evidence): blame(key, message, evidence)
        }
    }

    /// Whether a change that was sent again may have been made twice: when one of its sendings came to
    /// be done, the key may have forgotten another.
    private func mayBeTwice(_ call: KeyCall, _ calls: [KeyCall]) -> Bool {
        guard call.kind != .read, call.wasUncertain else { return false }
        let before = calls.compactMap { $0.returned < call.called ? $0.told.version : nil }
        let after = calls.compactMap { $0.returned > call.called ? $0.told.version : nil }
        return (after.max() ?? 0) > (before.max() ?? 0) + remembered
    }

    private mutating func blame(_ key: String, _ message: String, _ calls: [KeyCall]) {
        report.add {
            let lines = calls.map { "\n    \($0)" }.joined()
            return HistoryViolation(.keys, key, message + lines)
        }
    }

    /// What is wrong with an answer whatever else happened.
    private static func problem(_ call: KeyCall) -> String? {
        switch (call.kind, call.told) {
        case (_, .unknown), (_, .refused), (.read, .value), (.delete, .value(nil)): nil
        case (.put, .applied), (.delete, .applied):
            if case .version(let wanted) = call.condition,
                call.told != .applied(version: wanted + 1)
            {
                "a version was made of another than was asked for"
            } else {
                nil
            }
        case (.put, .mismatch(let sight)), (.delete, .mismatch(let sight)):
            switch call.condition {
            case .none: "a condition did not hold where there is none"
            case .absent: sight == nil ? "refused as present, and nothing is there" : nil
            case .present: sight != nil ? "refused as absent, and a value is there" : nil
            case .version(let wanted):
                sight?.version == wanted ? "refused for the version that it has" : nil
            }
        default: "an answer to another question"
        }
    }

    /// Which change made each version, as far as somebody was told of it.
    private mutating func makers(_ key: String, _ calls: [KeyCall]) -> [UInt64: UInt64] {
        let known = Dictionary(
            calls.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        var makers: [UInt64: UInt64] = [:]
        var versions: [UInt64: UInt64] = [:]
        for call in calls {
            guard case .applied(let version) = call.told else { continue }
            versions[call.number] = version
            guard let other = makers.updateValue(call.number, forKey: version) else { continue }
            blame(key, "version \(version) was made twice", [known[other], call].compactMap { $0 })
        }
        for call in calls {
            guard let sight = call.told.sight else { continue }
            guard let writer = known[sight.writer], case .put = writer.kind else {
                blame(key, "nobody wrote what was seen", [call])
                continue
            }
            if writer.isUnmade {
                blame(key, "what was not done is seen", [writer, call])
            } else if let made = versions[writer.number], made != sight.version {
                let apart = max(made, sight.version) - min(made, sight.version)
                if writer.wasUncertain, apart > remembered {
                    report.excused += 1
                } else {
                    blame(key, "one change made two versions", [writer, call])
                }
            } else if let other = makers[sight.version], other != writer.number {
                blame(
                    key, "version \(sight.version) is not what made it",
                    [known[other], writer, call].compactMap { $0 })
            } else {
                versions[writer.number] = sight.version
                makers[sight.version] = writer.number
            }
        }
        return makers
    }
}

extension KeyCall.Told {
    /// The version that it tells of.
    var version: UInt64? {
        if case .applied(let version) = self { version } else { sight?.version }
    }

    var sight: KeySight? {
        switch self {
        case .value(let sight), .mismatch(let sight): sight
        case .applied, .refused, .unknown: nil
        }
    }
}

extension KeyCall {
    /// A change of which its caller knows that it was not made, and never will be.
    var isUnmade: Bool {
        switch told {
        case .refused: true
        case .mismatch, .value: !wasUncertain
        case .applied, .unknown: false
        }
    }
}

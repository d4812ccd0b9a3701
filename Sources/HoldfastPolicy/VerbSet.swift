/// A set of verbs in one machine word.
package struct VerbSet: Hashable, Sendable {
    private var bits: UInt64

    private init(bits: UInt64) {
        self.bits = bits
    }

    /// No verb.
    package static let none = VerbSet(bits: 0)

    /// The verbs that a word of the policy file names: one, all of a group (`admin.*`), or all
    /// (`*`); nil when there is none.
    package init?(named word: String) {
        let verbs: [Verb]
        if word == "*" {
            verbs = Verb.allCases
        } else if word.hasSuffix(".*") {
            verbs = Verb.allCases.filter { $0.rawValue.hasPrefix(word.dropLast()) }
        } else {
            verbs = Verb(rawValue: word).map { [$0] } ?? []
        }
        guard !verbs.isEmpty else { return nil }
        self = .none
        for verb in verbs { insert(verb) }
    }

    /// Everything that `init(named:)` accepts.
    static let names: [String] = {
        let verbs = Verb.allCases.map(\.rawValue)
        let groups = verbs.compactMap { $0.split(separator: ".").first.map { "\($0).*" } }
        return verbs + Set(groups).sorted() + ["*"]
    }()

    private static func bit(_ verb: Verb) -> UInt64 {
        switch verb {
        case .echoCall: 1
        case .healthRead: 1 << 1
        case .adminInspect: 1 << 2
        case .adminDrain: 1 << 3
        case .adminReload: 1 << 4
        case .adminLog: 1 << 5
        case .lockAcquire: 1 << 6
        case .lockRelease: 1 << 7
        case .lockRead: 1 << 8
        case .lockList: 1 << 9
        case .lockForce: 1 << 10
        case .electionCampaign: 1 << 11
        case .electionRead: 1 << 12
        case .adminNodes: 1 << 13
        case .adminCluster: 1 << 14
        case .adminClock: 1 << 15
        case .sessionUse: 1 << 16
        case .watchRead: 1 << 17
        case .lockQueue: 1 << 18
        case .keyRead: 1 << 19
        case .keyWrite: 1 << 20
        case .keyDelete: 1 << 21
        case .keyList: 1 << 22
        }
    }

    /// Adds a verb.
    package mutating func insert(_ verb: Verb) { bits |= Self.bit(verb) }

    /// Whether `verb` is in the set.
    package func contains(_ verb: Verb) -> Bool { bits & Self.bit(verb) != 0 }

    /// The verbs of both.
    package func union(_ other: VerbSet) -> VerbSet { VerbSet(bits: bits | other.bits) }

    /// The verbs that are not in `other`.
    package func subtracting(_ other: VerbSet) -> VerbSet { VerbSet(bits: bits & ~other.bits) }

    /// The verbs, in the order of `Verb`.
    package var verbs: [Verb] { Verb.allCases.filter(contains) }
}

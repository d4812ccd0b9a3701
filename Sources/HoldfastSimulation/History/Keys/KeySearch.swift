import HoldfastBase
import HoldfastCoordination

/// Looks for an order of what happened to one key in which everybody is told the truth, each thing
/// between its question and its answer; after Wing and Gong.
///
/// What only looks, and is right where the order has come to, is put there at once: that never does
/// harm. Of changes whose version is known only the next one fits. So there is a choice only between
/// changes that nobody has seen the effect of, and nearly every history takes one pass.
struct KeySearch {
    enum Verdict {
        case possible
        case impossible(String, [KeyCall])
        /// Too many orders to look at.
        case givenUp
    }

    private enum What: Equatable {
        case sees(UInt64)
        case seesNothing
        /// - Parameter version: nil where nobody knows.
        case changes(version: UInt64?)
    }

    private struct Step {
        let call: KeyCall
        let what: What
        let called: Instant
        let returned: Instant
        let mark: UInt64
    }

    /// Where an order has come to.
    private struct Place {
        var isDone: [Bool]
        var first = 0
        /// Of what must have happened.
        var left: Int
        var version: UInt64 = 0
        /// The version is at least that: nobody saw what made it, behind a time without a record.
        var isFloating = false
        /// Which step put the value that is there; -1 is none.
        var holder = -1
        var mark: UInt64 = 0
    }

    private let steps: [Step]
    private let makers: [UInt64: UInt64]
    private let slack: Interval?
    private var seen: Set<UInt64> = []
    private var deepest: Place

    /// How often an order may fork.
    static let forksMax = 20_000

    /// - Parameters:
    ///   - makers: the number of the change that made each version, where that is known.
    ///   - twice: those that may have been made another time, too.
    init(_ calls: [KeyCall], makers: [UInt64: UInt64], twice: Set<UInt64>, slack: Interval?) {
        self.makers = makers
        self.slack = slack
        let versions = Dictionary(
            makers.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
        var generator = SeededGenerator(seed: 1)
        var steps: [Step] = []
        func add(_ call: KeyCall, _ what: What, _ called: Instant, _ returned: Instant) {
            steps.append(
                Step(
                    call: call, what: what, called: called, returned: returned,
                    mark: generator.next()))
        }
        for call in calls {
            switch call.told {
            case .value(let sight), .mismatch(let sight):
                let what = sight.map { What.sees($0.version) } ?? .seesNothing
                add(call, what, call.calledLast, call.returned)
            case .applied(let version):
                add(call, .changes(version: version), call.called, call.returned)
            case .refused, .unknown: break
            }
            if twice.contains(call.number) {
                add(call, .changes(version: nil), call.called, .never)
            }
            if call.mayBeMade {
                add(call, .changes(version: versions[call.number]), call.called, .never)
            }
        }
        self.steps = steps.sorted {
            ($0.called, $0.call.number, $0.returned) < ($1.called, $1.call.number, $1.returned)
        }
        deepest = Place(
            isDone: Array(repeating: false, count: steps.count),
            left: steps.count { $0.returned != .never })
    }

    mutating func run() -> Verdict {
        var open = [deepest]
        var forks = 0
        while var place = open.popLast() {
            walk: while true {
                let near = settle(&place)
                if place.left == 0 { return .possible }
                let ways = ways(from: place, near)
                if place.left < deepest.left { deepest = place }
                guard let last = ways.last else { break walk }
                if ways.count > 1 {
                    guard seen.insert(fingerprint(place)).inserted else { break walk }
                    forks += 1
                    guard forks <= Self.forksMax else { return .givenUp }
                    for way in ways.dropLast() {
                        var other = place
                        take(way, &other)
                        open.append(other)
                    }
                }
                take(last, &place)
            }
        }
        return explanation()
    }

    // MARK: Steps

    /// Puts everything in its place that only looks and is right here; tells what may come next.
    private func settle(_ place: inout Place) -> [Int] {
        while true {
            let near = candidates(&place)
            let before = place.left
            for step in near where isTrue(step, place) { finish(step, &place) }
            if place.left == before { return near }
        }
    }

    /// What may come next: what was asked before anything that is left was answered.
    private func candidates(_ place: inout Place) -> [Int] {
        while place.first < steps.count, place.isDone[place.first] { place.first += 1 }
        var bound = Instant.never
        var near: [Int] = []
        for number in place.first..<steps.count where !place.isDone[number] {
            guard steps[number].called <= bound else { break }
            near.append(number)
            bound = min(bound, steps[number].returned)
        }
        return near
    }

    private func isTrue(_ number: Int, _ place: Place) -> Bool {
        switch steps[number].what {
        case .sees(let version):
            place.version == version && !place.isFloating && mayBeThere(number, place)
        case .seesNothing: mayBeGone(number, place)
        case .changes: false
        }
    }

    /// The changes that may be next, those last that are the most likely.
    private func ways(from place: Place, _ near: [Int]) -> [Int] {
        var known: [Int] = []
        var hidden: [Int] = []
        for number in near {
            guard case .changes(let version) = steps[number].what, isLegal(number, place) else {
                continue
            }
            if let version {
                if fits(version, place) { known.append(number) }
            } else if place.isFloating || mayEnd(place) || makers[place.version + 1] == nil {
                // Of those that do the same one is enough.
                let isNew = !hidden.contains { isAlike(steps[$0].call, steps[number].call) }
                if isNew { hidden.append(number) }
            }
        }
        // The nearest version is the last one.
        known.sort { version($0) > version($1) }
        return hidden.reversed() + known
    }

    private func version(_ number: Int) -> UInt64 {
        if case .changes(let version?) = steps[number].what { version } else { 0 }
    }

    private func isAlike(_ one: KeyCall, _ other: KeyCall) -> Bool {
        one.kind == other.kind && one.condition == other.condition
            && (one.kind == .put(ttlMilliseconds: 0) || one.kind == .delete)
    }

    /// Versions follow one another, but where the record may be gone, or a value was deleted because its
    /// time was over.
    private func fits(_ version: UInt64, _ place: Place) -> Bool {
        if place.isFloating || mayEnd(place) { return version > place.version }
        return version == place.version + 1
    }

    /// Whether what is there may be taken away without anybody asking for it, or is.
    private func mayEnd(_ place: Place) -> Bool {
        guard place.holder >= 0 else { return true }
        return steps[place.holder].call.kind != .put(ttlMilliseconds: 0)
    }

    private func isLegal(_ number: Int, _ place: Place) -> Bool {
        let call = steps[number].call
        if call.kind == .delete, !mayBeThere(number, place) { return false }
        switch call.condition {
        case .none: return true
        case .absent: return mayBeGone(number, place)
        case .present: return mayBeThere(number, place)
        case .version(let wanted):
            let isIt = place.isFloating ? wanted >= place.version : wanted == place.version
            return isIt && mayBeThere(number, place)
        }
    }

    private func mayBeThere(_ number: Int, _ place: Place) -> Bool {
        guard place.holder >= 0 else { return false }
        let put = steps[place.holder]
        guard case .put(let ttl) = put.call.kind, ttl > 0, let slack, put.returned != .never else {
            return true
        }
        return steps[number].called <= put.returned + .milliseconds(Int64(clamping: ttl)) + slack
    }

    private func mayBeGone(_ number: Int, _ place: Place) -> Bool {
        guard place.holder >= 0 else { return true }
        let put = steps[place.holder]
        guard case .put(let ttl) = put.call.kind, ttl > 0 else { return false }
        guard let slack, steps[number].returned != .never else { return true }
        return steps[number].returned + slack >= put.called + .milliseconds(Int64(clamping: ttl))
    }

    private func finish(_ number: Int, _ place: inout Place) {
        place.isDone[number] = true
        place.mark ^= steps[number].mark
        if steps[number].returned != .never { place.left -= 1 }
    }

    private func take(_ number: Int, _ place: inout Place) {
        finish(number, &place)
        let hadRecord = !mayEnd(place)
        if case .changes(let version?) = steps[number].what {
            place.version = version
            place.isFloating = false
        } else {
            place.version += 1
            if !hadRecord { place.isFloating = true }
        }
        if case .put = steps[number].call.kind { place.holder = number } else { place.holder = -1 }
    }

    private func fingerprint(_ place: Place) -> UInt64 {
        var mixed = place.mark &+ place.version &* 0x9E37_79B9_7F4A_7C15
        mixed ^= UInt64(bitPattern: Int64(place.holder)) &* 0xC2B2_AE3D_27D4_EB4F
        return place.isFloating ? ~mixed : mixed
    }

    // MARK: What to say

    /// The order that came furthest, and what fits nowhere behind it.
    private func explanation() -> Verdict {
        var place = deepest
        let near = candidates(&place)
        let stuck = near.filter { steps[$0].returned != .never }
            .sorted { steps[$0].returned < steps[$1].returned }.prefix(3).map { steps[$0].call }
        var evidence = stuck
        var state = "nothing was there"
        if place.holder >= 0 {
            state = "version \(place.version) was there"
            evidence.insert(steps[place.holder].call, at: 0)
        } else if place.version > 0 {
            state = "nothing was there since version \(place.version)"
        }
        return .impossible("\(state), and no order explains what follows", evidence)
    }
}

extension KeyCall {
    /// A change that may have been made, or be made still, though no answer says so.
    fileprivate var mayBeMade: Bool {
        guard kind != .read else { return false }
        switch told {
        case .unknown: return true
        case .mismatch, .value: return wasUncertain
        case .applied, .refused: return false
        }
    }
}

/// Who is connected to the ops listener, and who goes when one more comes. Pure.
///
/// Probes and scrapers are few, and an honest one asks at once. When all places are taken, one who has not asked
/// yet goes, or who leaves the answer unread: the oldest of those from the address that has the most places. Who
/// has asked and waits for the answer keeps the place; when all do, newcomers wait for one to be answered, in
/// the order in which they came.
struct OpsPlaces<Name: Hashable> {
    /// How far a caller is.
    enum Stage: Hashable {
        /// The request is not complete.
        case silent
        /// The answer is being made.
        case asking
        /// The answer is being sent.
        case answered
    }

    /// What becomes of one more caller.
    enum OnNewcomer: Hashable {
        /// A place is free.
        case admit
        /// This one gives up its place.
        case replace(Name)
        /// All wait for their answers.
        case wait
    }

    private struct Place {
        let name: Name
        let source: String
        var stage = Stage.silent
    }

    private let countMax: Int
    /// Oldest first.
    private var places: [Place] = []

    init(countMax: Int) {
        self.countMax = countMax
    }

    /// What becomes of one more caller.
    var onNewcomer: OnNewcomer {
        guard places.count >= countMax else { return .admit }
        var counts: [String: Int] = [:]
        for place in places { counts[place.source, default: 0] += 1 }
        // The first of those with the most: of one address, the oldest.
        var chosen: Place?
        for place in places where place.stage != .asking {
            let most = chosen.map { counts[$0.source] ?? 0 } ?? 0
            if counts[place.source] ?? 0 > most { chosen = place }
        }
        return chosen.map { .replace($0.name) } ?? .wait
    }

    /// Gives `name`, who calls from `source`, a place.
    mutating func enter(_ name: Name, from source: String) {
        places.append(Place(name: name, source: source))
    }

    /// `name` is so far now.
    mutating func note(_ name: Name, _ stage: Stage) {
        guard let index = places.firstIndex(where: { $0.name == name }) else { return }
        places[index].stage = stage
    }

    /// Frees the place of `name`.
    mutating func leave(_ name: Name) {
        places.removeAll { $0.name == name }
    }
}

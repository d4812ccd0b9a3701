import HoldfastBase

/// A history arranged for the checkers: locks by number, and the lives of all grants.
///
/// Built once, in O(n log n), and handed to each checker.
package struct HistoryIndex {
    package let history: History
    /// Names of locks; elsewhere a lock is its place here.
    package private(set) var locks: [String] = []
    /// For each record its lock.
    private(set) var lockOfRecord: [Int] = []
    /// Places of records by time of call.
    private(set) var order: [Int] = []
    private(set) var lives: [GrantLife] = []
    /// For each lock its lives, by start.
    private(set) var livesOfLock: [[Int]] = []
    /// Renewals that told of a fence or mode that no answer to an acquire had told of.
    private(set) var strays: [(renewal: Int, life: Int)] = []

    struct GrantKey: Hashable {
        let lock: Int
        let grant: UInt64
    }

    /// Forced releases that may have taken something.
    private var forcedPlaces: [Int] = []

    /// The latest life of each grant.
    private(set) var latestLife: [GrantKey: Int] = [:]

    package init(_ history: History) {
        self.history = history
        arrange()
        collectReports()
        for life in lives.indices { lives[life].settle() }
        separateModes()
        collectEnds()
        collectForcedEnds()
        for lock in livesOfLock.indices {
            livesOfLock[lock].sort { (lives[$0].start, $0) < (lives[$1].start, $1) }
        }
    }

    var records: [HistoryRecord] { history.records }

    /// How many different nodes may have forgotten something between two times.
    func forgetfulNodes(from start: Instant, until end: Instant) -> Int {
        guard !history.forgets.isEmpty else { return 0 }
        let nodes = history.forgets.lazy
            .filter { $0.until >= start && $0.from <= end }.map(\.node)
        return Set(nodes).count
    }

    /// The same, with those that lost data and stayed out as long as they had to; of them, who may have
    /// lost this grant.
    func emptiedNodes(of grant: UInt64, from start: Instant, until end: Instant) -> Int {
        let nodes = (history.forgets + history.absences)
            .filter { $0.until >= start && $0.from <= end }
            .filter { $0.grants?.contains(grant) ?? true }.map(\.node)
        return Set(nodes).count
    }

    private mutating func arrange() {
        var numbers: [String: Int] = [:]
        lockOfRecord.reserveCapacity(records.count)
        for record in records {
            if let number = numbers[record.lock] {
                lockOfRecord.append(number)
            } else {
                numbers[record.lock] = locks.count
                lockOfRecord.append(locks.count)
                locks.append(record.lock)
            }
        }
        // Sorting pairs and not places keeps the times together in memory.
        var calls = records.indices.map { (records[$0].called.nanoseconds, $0) }
        calls.sort { $0 < $1 }
        order = calls.map(\.1)
        livesOfLock = Array(repeating: [], count: locks.count)
    }

    private mutating func collectReports() {
        var firstCalls: [GrantKey: Instant] = [:]
        for place in order {
            let record = records[place]
            let lock = lockOfRecord[place]
            guard record.kind != .info, let grant = record.outcome.grant else {
                // A try whose answer was lost may be what got the grant that a retry tells of.
                if record.kind == .acquire, record.outcome == .unknown, let id = record.subject {
                    let key = GrantKey(lock: lock, grant: id)
                    firstCalls[key] = min(firstCalls[key] ?? .never, record.called)
                }
                continue
            }
            let report = GrantReport(
                called: record.called, returned: record.returned, strength: grant.strength,
                deadline: grant.deadline, record: place)
            let key = GrantKey(lock: lock, grant: grant.id)
            if let life = life(of: grant, at: key) {
                lives[life].add(report)
                continue
            }
            if record.kind != .acquire, let known = latestLife[key] {
                strays.append((place, known))
                continue
            }
            let called = min(firstCalls[key] ?? .never, record.called)
            lives.append(
                GrantLife(
                    lock: lock, grant: grant, called: called, report: report,
                    previous: latestLife[key]))
            latestLife[key] = lives.count - 1
            livesOfLock[lock].append(lives.count - 1)
        }
    }

    private func life(of grant: HistoryGrant, at key: GrantKey) -> Int? {
        var next = latestLife[key]
        while let life = next {
            if lives[life].mode == grant.mode, lives[life].fence == grant.fence { return life }
            next = lives[life].previous
        }
        return nil
    }

    /// Where a grant was upgraded or downgraded, its lives do not overlap: an upgraded one is exclusive
    /// from the answer on, a downgraded one is shared from the call on.
    private mutating func separateModes() {
        for life in lives.indices {
            guard let previous = lives[life].previous else { continue }
            let isDowngrade = lives[previous].mode == .exclusive && lives[life].mode == .shared
            let instant = isDowngrade ? lives[life].called : lives[life].start
            lives[previous].cut(at: instant, by: lives[life].acquire)
        }
    }

    private mutating func collectEnds() {
        for place in order {
            let record = records[place]
            guard let end = Self.end(record), let grant = record.subject else { continue }
            var next = latestLife[GrantKey(lock: lockOfRecord[place], grant: grant)]
            while let life = next {
                lives[life].cut(at: end, by: place)
                next = lives[life].previous
            }
        }
    }

    /// When a record ends the hold of the grant that it is about.
    private static func end(_ record: HistoryRecord) -> Instant? {
        switch (record.kind, record.outcome) {
        // Still held: it had been taken more than once.
        case (.release, .granted): nil
        case (.release, _), (.lost, _): record.called
        case (.renew, .notOwner), (.renew, .lost): record.returned
        default: nil
        }
    }

    /// A forced release ends every hold that stands while it runs: when in that time, and which of
    /// them it meets, is unknown. One without an answer may run for ever.
    private mutating func collectForcedEnds() {
        var forced: [Int: [Int]] = [:]
        for place in order where records[place].kind == .forceRelease {
            switch records[place].outcome {
            case .failed, .free, .notHeld, .notOwner: continue
            case .granted, .released, .lost, .unknown: break
            }
            forcedPlaces.append(place)
            let lock = lockOfRecord[place]
            guard let grant = records[place].subject else {
                forced[lock, default: []].append(place)
                continue
            }
            var next = latestLife[GrantKey(lock: lock, grant: grant)]
            while let life = next {
                forceEnd(life, by: place)
                next = lives[life].previous
            }
        }
        for (lock, places) in forced {
            // By call, the first one that still runs when a grant is asked for is the one to meet it.
            var running = places[...]
            for life in livesOfLock[lock].sorted(by: { lives[$0].called < lives[$1].called }) {
                while let first = running.first, records[first].returned < lives[life].called {
                    running.removeFirst()
                }
                guard let first = running.first else { break }
                forceEnd(life, by: first)
            }
        }
    }

    /// Whether the grant may have been taken by force between two times, by any of its names.
    func mayBeForced(_ grant: UInt64, from start: Instant, until end: Instant) -> Bool {
        forcedPlaces.contains { place in
            let record = records[place]
            let key = GrantKey(lock: lockOfRecord[place], grant: grant)
            return record.called <= end && record.returned >= start && latestLife[key] != nil
        }
    }

    private mutating func forceEnd(_ life: Int, by place: Int) {
        guard lives[life].called <= records[place].returned else { return }
        lives[life].cut(at: records[place].called, by: place)
    }
}

internal import HoldfastBase

/// What one watcher of keys is still to be told: names, not values. Each is read when its turn comes, and
/// its turn comes when what was sent before is gone, so that a slow watcher is told less often and not
/// more at once.
///
/// A name may come twice, because it is in the logs of several nodes: what was told lately is not told
/// again.
struct KeyFlow: Sendable {
    enum Listing: Hashable, Sendable {
        /// The page of names behind this one is to be asked for.
        case due(after: String)
        case asked(after: String)
        case over
    }

    /// What a key is now; without a value, it is deleted.
    struct News: Sendable {
        var name: String
        var view: KeyView?
    }

    /// Answers to what an earlier flow of the watcher has asked for are not for this one.
    let number: UInt64
    var listing: Listing
    /// Changed, to be looked at.
    private var changed = NameQueue()
    /// Met in the list of names. What is deleted of them need not be told.
    private var listed = NameQueue()
    /// Readings under way.
    private(set) var asked = 0
    /// Read, to be sent.
    private var ready: [News] = []
    /// Since it was heard that all was sent.
    private var sentBytes = 0
    private(set) var isBlocked = false
    /// A reading had no quorum: the next is tried with the next beat.
    var isResting = false
    private var recent = RecentVersions()
    /// Since the watcher was told a place to go on from.
    var hasNews = false

    /// Names that are looked at together.
    static let batch = 8
    static let namesPage = 256
    /// More changed keys than this, and the watcher is given up.
    static let changedMax = 65_536
    /// Bytes that may be on their way to a watcher; the first of them may be more.
    private static let room = 48 << 10

    init(number: UInt64, listing: Listing) {
        self.number = number
        self.listing = listing
    }

    /// Goes on behind what an earlier flow has sent.
    mutating func follow(_ earlier: KeyFlow) {
        (sentBytes, isBlocked) = (earlier.sentBytes, earlier.isBlocked)
    }

    mutating func changed(_ name: String) { changed.append(name) }

    mutating func listed(_ names: [String]) {
        for name in names where !changed.contains(name) { listed.append(name) }
    }

    var isOverfull: Bool { changed.count > Self.changedMax }

    /// Whether nothing is left to be told.
    var isQuiet: Bool {
        listing == .over && changed.isEmpty && listed.isEmpty && asked == 0 && ready.isEmpty
    }

    /// The page of names to be asked for now.
    mutating func nextPage() -> String? {
        guard case .due(let after) = listing, !isResting, listed.count < Self.namesPage else {
            return nil
        }
        listing = .asked(after: after)
        return after
    }

    /// The names to be read now.
    mutating func nextReadings() -> [(name: String, isListed: Bool)] {
        guard asked == 0, ready.isEmpty, !isBlocked, !isResting else { return [] }
        var names: [(String, Bool)] = []
        while names.count < Self.batch, let name = changed.popFirst() {
            listed.remove(name)
            names.append((name, false))
        }
        while names.count < Self.batch, let name = listed.popFirst() { names.append((name, true)) }
        asked = names.count
        return names
    }

    /// - Parameter view: `nil` where the key has no value.
    mutating func read(_ name: String, isListed: Bool, _ view: KeyView?) {
        asked = max(0, asked - 1)
        let version = view?.version ?? 0
        if isListed, view == nil { return }
        guard recent[name] != version else { return }
        recent[name] = version
        ready.append(News(name: name, view: view))
    }

    /// It could not be read.
    mutating func failed(_ name: String, isListed: Bool) {
        asked = max(0, asked - 1)
        isResting = true
        if isListed { listed.append(name) } else { changed.append(name) }
    }

    /// What to send now.
    mutating func nextNews() -> News? {
        guard !isBlocked, let news = ready.first else { return nil }
        let size = news.name.utf8.count + (news.view?.value.count ?? 0) + 64
        if sentBytes > 0, sentBytes + size > Self.room {
            isBlocked = true
            return nil
        }
        sentBytes += size
        ready.removeFirst()
        hasNews = true
        return news
    }

    mutating func sent() {
        sentBytes = 0
        isBlocked = false
    }
}

/// The versions of the keys that were told last, by name; 0 is deleted.
private struct RecentVersions: Sendable {
    private static let max = 1024

    private var versions = NameTable<UInt64>()
    /// A ring of names; each once.
    private var names: [String] = []
    private var oldest = 0

    subscript(name: String) -> UInt64? {
        get { versions[name] }
        set {
            let isKnown = versions[name] != nil
            versions[name] = newValue
            guard !isKnown else { return }
            if names.count < Self.max {
                names.append(name)
            } else {
                versions[names[oldest]] = nil
                names[oldest] = name
                oldest = (oldest + 1) % Self.max
            }
        }
    }
}

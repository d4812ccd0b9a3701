internal import HoldfastBase
internal import HoldfastNode

/// Names a list that was begun; 0 is none.
package typealias ListID = UInt64

/// What was found when lists were begun, for their later pages.
///
/// To find the names of held locks costs a look at all names of all nodes, because to keep them in their
/// order would cost each acquire something. So it is done once for a list, and not for each page. Of what
/// is taken or given back meanwhile, nothing is told.
struct BegunLists: Sendable {
    private struct List {
        var id: ListID
        var prefix: String
        /// In their order.
        var names: [NameKey]
        var until: Instant
    }

    static let listsMax = 16
    static let namesMax = 1_000_000
    private static let patience = Interval.seconds(30)

    /// The oldest first.
    private var lists: [List] = []
    private var begun: UInt64 = 0

    var count: Int { lists.count }

    /// The first page behind `after`; what is left is kept for those that follow. The oldest lists make
    /// room.
    mutating func begin(
        _ prefix: String, _ names: NameSet, after: String, limit: Int, by server: ServerID,
        at now: Instant
    ) -> (names: [String], next: ListID?) {
        let after = NameKey(after)
        let names = names.sorted(where: { $0 > after })
        guard names.count > limit else { return (names.map(\.text), nil) }
        begun += 1
        // Another server, or life of one, must not take it for one of its own.
        let id = (server &* 0x9E37_79B9_7F4A_7C15) ^ (begun &* 0xD1B5_4A32_D192_ED03)
        forget(before: now)
        var room = Self.namesMax - names.count
        var kept = lists.endIndex
        while kept > lists.startIndex, lists.endIndex - kept < Self.listsMax - 1,
            room >= lists[kept - 1].names.count
        {
            kept -= 1
            room -= lists[kept].names.count
        }
        lists.removeSubrange(..<kept)
        let page = names.prefix(limit).map(\.text)
        lists.append(
            List(id: id, prefix: prefix, names: names, until: now + Self.patience))
        return (page, id)
    }

    /// A later page of a list that is still known.
    func page(
        of id: ListID, _ prefix: String, after: String, limit: Int, at now: Instant
    ) -> (names: [String], next: ListID?)? {
        guard
            let list = lists.first(where: {
                $0.id == id && NameKey($0.prefix) == NameKey(prefix) && now < $0.until
            })
        else { return nil }
        let after = NameKey(after)
        var (low, high) = (0, list.names.count)
        while low < high {
            let middle = (low + high) / 2
            if list.names[middle] > after { high = middle } else { low = middle + 1 }
        }
        let page = list.names[low...].prefix(limit)
        return (page.map(\.text), page.endIndex < list.names.endIndex ? id : nil)
    }

    mutating func forget(before now: Instant) {
        if !lists.isEmpty { lists.removeAll { $0.until <= now } }
    }
}

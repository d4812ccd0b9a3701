internal import HoldfastBase
internal import HoldfastNode

/// The waiters of one lock on this server, in the order of their tickets.
///
/// Only the first of them has to be known to the nodes, where it stands for all of this server; the
/// others cost no node anything.
struct LocalQueue: Sendable {
    private struct Place: Sendable {
        var ticket: UInt64
        var grant: GrantID
        var key: SlotKey
    }

    private var places: [Place] = []
    private var start = 0

    var count: Int { places.count - start }
    var isEmpty: Bool { count == 0 }
    var head: SlotKey? { isEmpty ? nil : places[start].key }
    /// Those in the queue, first come first.
    var keys: [SlotKey] { places[start...].map(\.key) }

    func isBehindOthers(ticket: UInt64, grant: GrantID) -> Bool {
        guard !isEmpty else { return false }
        return (places[start].ticket, places[start].grant) < (ticket, grant)
    }

    mutating func insert(_ key: SlotKey, ticket: UInt64, grant: GrantID) {
        // Nearly always the last.
        var index = places.count
        while index > start, (ticket, grant) < (places[index - 1].ticket, places[index - 1].grant) {
            index -= 1
        }
        places.insert(Place(ticket: ticket, grant: grant, key: key), at: index)
    }

    mutating func remove(_ key: SlotKey) {
        guard let index = places[start...].firstIndex(where: { $0.key == key }) else { return }
        if index == start {
            start += 1
        } else {
            places.remove(at: index)
        }
        if start > 64, start * 2 > places.count {
            places.removeFirst(start)
            start = 0
        }
    }
}

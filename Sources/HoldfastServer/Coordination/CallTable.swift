internal import HoldfastCoordination
internal import HoldfastRPC

/// A call that the brain works for: the debt of its answer, and what the answer needs.
struct OpenCall: ~Copyable {
    var held: HeldCall
    let form: AnswerForm
}

/// Open calls by the numbers that the brain knows them by: a place, and which of its uses.
///
/// The language's own collections take no values that cannot be copied. Calls that are still in it
/// when it goes are dropped, which answers them INTERNAL.
@safe
struct CallTable: ~Copyable {
    private static let placesMin = 64

    private var places: UnsafeMutablePointer<OpenCall?>
    private var capacity = CallTable.placesMin
    /// Of the places that were ever used; memory behind them is not touched.
    private var generations: [UInt32] = []
    private var free: [UInt32] = []
    private(set) var count = 0

    init() {
        unsafe places = .allocate(capacity: Self.placesMin)
    }

    deinit {
        unsafe places.deinitialize(count: generations.count)
        unsafe places.deallocate()
    }

    mutating func insert(_ call: consuming OpenCall) -> CallID {
        count += 1
        if let place = free.popLast() {
            unsafe places[Int(place)] = consume call
            return CallID(generations[Int(place)]) << 32 | CallID(place)
        }
        let place = generations.count
        if place == capacity { grow() }
        unsafe (places + place).initialize(to: consume call)
        generations.append(1)
        return 1 << 32 | CallID(place)
    }

    /// Takes a call out, to answer it; `nil` when it was taken before.
    mutating func take(_ id: CallID) -> OpenCall? {
        let place = Int(id & 0xFFFF_FFFF)
        guard place < generations.count, generations[place] == UInt32(id >> 32) else { return nil }
        guard let call = unsafe places[place].take() else { return nil }
        generations[place] &+= 1
        free.append(UInt32(place))
        count -= 1
        return call
    }

    /// Lends a call that is open, for what does not end it.
    func withCall(_ id: CallID, _ body: (borrowing OpenCall) -> Void) {
        guard contains(id) else { return }
        unsafe Self.lend(places[Int(id & 0xFFFF_FFFF)], body)
    }

    private static func lend(
        _ call: borrowing OpenCall?, _ body: (borrowing OpenCall) -> Void
    ) {
        switch call {
        case .some(let call): body(call)
        case .none: break
        }
    }

    func contains(_ id: CallID) -> Bool {
        let place = Int(id & 0xFFFF_FFFF)
        return place < generations.count && generations[place] == UInt32(id >> 32)
    }

    /// Whether the call is still open, and the brain lets go of it where its caller has gone.
    func isAbandonable(_ id: CallID) -> Bool {
        guard contains(id) else { return false }
        return unsafe Self.isAbandonable(places[Int(id & 0xFFFF_FFFF)])
    }

    private static func isAbandonable(_ call: borrowing OpenCall?) -> Bool {
        switch call {
        case .some(let call): call.form.isAbandonable
        case .none: false
        }
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<OpenCall?>.allocate(capacity: capacity * 2)
        unsafe larger.moveInitialize(from: places, count: generations.count)
        unsafe places.deallocate()
        unsafe places = larger
        capacity *= 2
    }
}

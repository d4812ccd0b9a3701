/// Held calls by their names: what whoever answers them later keeps them in, because the language's
/// own collections take no values that cannot be copied.
///
/// Open addressing with linear probing over a power of two, at most half full; what follows a gap is
/// moved up into it, so no mark of what was removed is ever left. Calls that are still in it when it
/// goes are dropped, which answers them INTERNAL.
@safe
package struct HeldTable: ~Copyable {
    private static let placesMin = 16

    private var places: UnsafeMutablePointer<HeldCall?>
    private var mask = HeldTable.placesMin - 1
    package private(set) var count = 0

    package init() {
        unsafe places = Self.allocate(Self.placesMin)
    }

    deinit {
        unsafe places.deinitialize(count: mask + 1)
        unsafe places.deallocate()
    }

    package var isEmpty: Bool { count == 0 }

    /// Keeps a call; none of its name is kept already.
    package mutating func insert(_ call: consuming HeldCall) {
        if count * 2 > mask { grow() }
        count += 1
        put(call)
    }

    /// Takes a call out, to answer it.
    package mutating func take(_ id: HeldCallID) -> HeldCall? {
        guard let place = find(id) else { return nil }
        let call = unsafe places[place].take()
        count -= 1
        close(place)
        return call
    }

    /// Calls `body` with a call that is kept, for what does not end it; `false` when it is not kept.
    @discardableResult
    package func with(_ id: HeldCallID, _ body: (borrowing HeldCall) -> Void) -> Bool {
        guard let place = find(id) else { return false }
        return unsafe Self.lend(places[place], body)
    }

    private static func lend(
        _ call: borrowing HeldCall?, _ body: (borrowing HeldCall) -> Void
    ) -> Bool {
        switch call {
        case .some(let call):
            body(call)
            return true
        case .none: return false
        }
    }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<HeldCall?> {
        let places = UnsafeMutablePointer<HeldCall?>.allocate(capacity: count)
        for place in 0..<count { unsafe (places + place).initialize(to: nil) }
        return unsafe places
    }

    private func home(of id: HeldCallID) -> Int {
        // Streams of one connection differ in a few low bits: multiplied, they are far apart.
        let mixed = (id.low ^ id.high &* 0xD6E8_FEB8_6659_FD93) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 32) & mask
    }

    private func find(_ id: HeldCallID) -> Int? {
        var place = home(of: id)
        while let found = unsafe Self.id(places[place]) {
            if found == id { return place }
            place = (place + 1) & mask
        }
        return nil
    }

    private static func id(_ call: borrowing HeldCall?) -> HeldCallID? {
        switch call {
        case .some(let call): call.id
        case .none: nil
        }
    }

    private mutating func put(_ call: consuming HeldCall) {
        var place = home(of: call.id)
        while unsafe Self.id(places[place]) != nil { place = (place + 1) & mask }
        unsafe places[place] = consume call
    }

    /// Moves up what the gap at `place` would cut off from its home.
    private mutating func close(_ place: Int) {
        var gap = place
        var next = (gap + 1) & mask
        while let id = unsafe Self.id(places[next]) {
            if (next &- home(of: id)) & mask >= (next &- gap) & mask {
                unsafe places[gap] = places[next].take()
                gap = next
            }
            next = (next + 1) & mask
        }
    }

    private mutating func grow() {
        let old = unsafe places
        let size = mask + 1
        unsafe places = Self.allocate(size * 2)
        mask = size * 2 - 1
        for place in 0..<size {
            if let call = unsafe old[place].take() { put(call) }
        }
        unsafe old.deinitialize(count: size)
        unsafe old.deallocate()
    }
}

internal import HoldfastBase

/// The open streams of one connection: found by number in a few instructions, kept in slots that do
/// not move, so that the shell can keep its own record of a call at the same place.
///
/// Numbers are handed out in order, so the low bits of a number address a small map directly (1.6 ns
/// against 70 for a hash table); where a long-lived stream still holds the place, the later one goes
/// to an overflow dictionary. Memory is taken when streams are open and given back when none is.
@safe
package struct StreamTable: ~Copyable {
    private static let mapPlacesMin = 16
    private static let mapPlacesMax = 512
    private static let nobody: Int32 = -1

    private var map: UnsafeMutablePointer<Int32>?
    private var mapPlaces = 0
    private var overflow: [UInt32: Int32] = [:]
    private var records: UnsafeMutablePointer<StreamRecord>?
    private var capacity = 0
    /// First slot never used; slots below are open or in the free chain.
    private var fresh = 0
    private var firstFree = StreamTable.nobody
    package private(set) var count = 0

    package init() {}

    deinit {
        unsafe map?.deallocate()
        unsafe records?.deallocate()
    }

    /// Slots in use are below this.
    package var slotsEnd: Int { fresh }

    package var memoryBytes: Int {
        mapPlaces * MemoryLayout<Int32>.stride + capacity * MemoryLayout<StreamRecord>.stride
    }

    /// The slot of an open stream.
    @inline(__always)
    package func slot(of stream: UInt32) -> Int? {
        guard let map = unsafe map, let records = unsafe records else { return nil }
        let slot = unsafe map[place(of: stream)]
        if slot >= 0, unsafe records[Int(slot)].stream == stream { return Int(slot) }
        guard !overflow.isEmpty, let far = overflow[stream] else { return nil }
        return Int(far)
    }

    /// The record in `slot`, which must be open.
    package subscript(slot: Int) -> StreamRecord {
        @inline(__always)
        get {
            guard slot >= 0, slot < fresh, let records = unsafe records else { return .closed }
            return unsafe records[slot]
        }
        @inline(__always)
        set {
            guard slot >= 0, slot < fresh, let records = unsafe records else { return }
            unsafe records[slot] = newValue
        }
    }

    /// Opens a stream; its number is not open yet.
    @inline(__always)
    package mutating func open(_ record: StreamRecord) -> Int {
        let slot = takeSlot()
        guard let records = unsafe records else { return 0 }
        unsafe records[Int(slot)] = record
        enter(record.stream, slot)
        count += 1
        return Int(slot)
    }

    /// Closes the stream in `slot`.
    @inline(__always)
    package mutating func close(slot: Int) {
        guard slot >= 0, slot < fresh, let records = unsafe records, let map = unsafe map else {
            return
        }
        let stream = unsafe records[slot].stream
        guard stream != 0 else { return }
        let place = place(of: stream)
        if unsafe map[place] == Int32(slot) {
            unsafe map[place] = Self.nobody
        } else {
            overflow.removeValue(forKey: stream)
        }
        unsafe records[slot] = .free(next: firstFree)
        firstFree = Int32(slot)
        count -= 1
    }

    /// Gives all memory back when no stream is open.
    package mutating func releaseIfEmpty() {
        guard count == 0, capacity > 0 else { return }
        unsafe map?.deallocate()
        unsafe records?.deallocate()
        unsafe map = nil
        unsafe records = nil
        overflow = [:]
        mapPlaces = 0
        capacity = 0
        fresh = 0
        firstFree = Self.nobody
    }

    @inline(__always)
    private func place(of stream: UInt32) -> Int {
        Int(stream >> 1) & (mapPlaces - 1)
    }

    private mutating func takeSlot() -> Int32 {
        if firstFree >= 0, let records = unsafe records {
            let slot = firstFree
            firstFree = unsafe records[Int(slot)].nextFree
            return slot
        }
        if fresh == capacity { growRecords() }
        if let records = unsafe records { unsafe (records + fresh).initialize(to: .closed) }
        fresh += 1
        return Int32(fresh - 1)
    }

    private mutating func enter(_ stream: UInt32, _ slot: Int32) {
        if mapPlaces == 0 { growMap() }
        while true {
            guard let map = unsafe map else { return }
            let place = place(of: stream)
            if unsafe map[place] < 0 {
                unsafe map[place] = slot
                return
            }
            guard mapPlaces < Self.mapPlacesMax else {
                overflow[stream] = slot
                return
            }
            growMap()
        }
    }

    private mutating func growRecords() {
        let size = max(8, capacity * 2)
        let larger = UnsafeMutablePointer<StreamRecord>.allocate(capacity: size)
        // Memory of slots that were never used is not touched: ten thousand need no room for more.
        if let records = unsafe records {
            unsafe larger.moveInitialize(from: records, count: fresh)
            unsafe records.deallocate()
        }
        unsafe records = larger
        capacity = size
    }

    private mutating func growMap() {
        let places = max(Self.mapPlacesMin, mapPlaces * 2)
        let larger = UnsafeMutablePointer<Int32>.allocate(capacity: places)
        unsafe larger.initialize(repeating: Self.nobody, count: places)
        if let map = unsafe map, let records = unsafe records {
            // A number's place in the larger map is its place here or that plus the old size: two
            // numbers never meet that were apart.
            for place in 0..<mapPlaces {
                let slot = unsafe map[place]
                guard slot >= 0 else { continue }
                let stream = unsafe records[Int(slot)].stream
                unsafe larger[Int(stream >> 1) & (places - 1)] = slot
            }
            unsafe map.deallocate()
        }
        unsafe map = larger
        mapPlaces = places
    }
}

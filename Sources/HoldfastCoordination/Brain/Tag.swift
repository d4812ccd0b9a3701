/// What an answer belongs to, in the one number that goes with a command to a node and comes back.
struct Tag {
    enum Kind: UInt64 {
        /// A vote in a try at a grant.
        case vote = 1
        /// The second round of a grant.
        case raise = 2
        /// An answer that changes nothing: of what is taken back, or told for completeness.
        case closing = 3
        case round = 4
        case cluster = 5
        case heartbeat = 6
        case sweep = 7
        case session = 8
        case seed = 9
        case watch = 10
        case cleanup = 11
        case keyChange = 12
        case keyRead = 13
        case keyList = 14
        case learning = 15
        case keyTidy = 16
        case keyDue = 17
    }

    var kind: Kind
    var key: SlotKey
    /// Which try of an acquisition.
    var number: UInt8 = 0

    /// 5 bits of kind, 8 of number, 24 of generation, 27 of slot.
    var word: UInt64 {
        kind.rawValue << 59 | UInt64(number) << 51 | UInt64(key.generation & 0xFF_FFFF) << 27
            | UInt64(key.slot & Self.slotMax)
    }

    static let slotMax: UInt32 = 0x7FF_FFFF

    init(_ kind: Kind, _ key: SlotKey = .none, number: UInt8 = 0) {
        self.kind = kind
        self.key = key
        self.number = number
    }

    init?(word: UInt64) {
        guard let kind = Kind(rawValue: word >> 59) else { return nil }
        self.kind = kind
        number = UInt8(truncatingIfNeeded: word >> 51)
        key = SlotKey(
            slot: UInt32(truncatingIfNeeded: word) & Self.slotMax,
            generation: UInt32(word >> 27 & 0xFF_FFFF))
    }
}

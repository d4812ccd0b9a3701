/// Names a use of a place in a `SlotTable`.
struct SlotKey: Hashable, Sendable {
    var slot: UInt32
    var generation: UInt32

    /// A key must fit into a tag.
    static let generationMax: UInt32 = 0xFF_FFFF

    static let none = SlotKey(slot: .max, generation: 0)
}

/// A command's name in any case, packed into two words so that finding it costs little.
struct RedisCommandName: Hashable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    /// Nil for what is longer than any command.
    init?(_ name: [UInt8]) {
        guard !name.isEmpty, name.count <= 16 else { return nil }
        for byte in name {
            let letter = byte >= 65 && byte <= 90 ? byte | 0x20 : byte
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(letter)
        }
    }
}

/// Cuts what a server sends to a node into commands: arrays of bulk strings, as the shipped writer
/// makes them. What is not whole waits for the rest.
struct RedisRequestReader {
    private var bytes: [UInt8] = []
    private var place = 0
    /// Something came that no shipped code sends; nothing is read any more.
    private(set) var isBroken = false

    mutating func feed(_ more: [UInt8]) {
        if place == bytes.count {
            bytes = more
            place = 0
        } else {
            bytes += more
        }
    }

    /// The next command, when all of it is there.
    mutating func next() -> [[UInt8]]? {
        guard !isBroken, place < bytes.count else { return nil }
        var at = place
        guard let count = header(UInt8(ascii: "*"), &at) else { return nil }
        var words: [[UInt8]] = []
        words.reserveCapacity(count)
        for _ in 0..<count {
            guard let size = header(UInt8(ascii: "$"), &at), bytes.count - at >= size + 2 else {
                return nil
            }
            words.append(Array(bytes[at..<at + size]))
            at += size + 2
        }
        place = at
        return words
    }

    /// A mark, a number and the end of the line.
    private mutating func header(_ mark: UInt8, _ at: inout Int) -> Int? {
        guard at < bytes.count else { return nil }
        guard bytes[at] == mark else {
            isBroken = true
            return nil
        }
        at += 1
        var number = 0
        while at < bytes.count, bytes[at] != 13 {
            let digit = Int(bytes[at]) - 48
            guard (0...9).contains(digit), number < 100_000_000 else {
                isBroken = true
                return nil
            }
            number = number * 10 + digit
            at += 1
        }
        guard bytes.count - at >= 2 else { return nil }
        at += 2
        return number
    }
}

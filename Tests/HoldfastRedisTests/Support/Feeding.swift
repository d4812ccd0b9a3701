import HoldfastBase

/// How the bytes of a story reach a machine: the machine may not care.
enum Feeding: CustomStringConvertible {
    case whole
    case byteByByte
    case randomCuts(seed: UInt64)

    static let all: [Feeding] =
        [.whole, .byteByByte] + (1...3).map { .randomCuts(seed: $0) }

    var description: String {
        switch self {
        case .whole: "whole"
        case .byteByByte: "byte by byte"
        case .randomCuts(let seed): "cut with seed \(seed)"
        }
    }

    /// `bytes` in pieces.
    func pieces(_ bytes: [UInt8]) -> [[UInt8]] {
        switch self {
        case .whole: return [bytes]
        case .byteByByte: return bytes.map { [$0] }
        case .randomCuts(let seed):
            var random = SeededGenerator(seed: seed &+ UInt64(bytes.count))
            var pieces: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let size = Int.random(in: 1...max(1, rest.count / 2 + 1), using: &random)
                pieces.append(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            return pieces
        }
    }
}

/// An answer of Redis.
package indirect enum ChaosValue: Hashable, Sendable {
    case text([UInt8])
    case number(Int64)
    case error(String)
    case list([ChaosValue])
    case nothing

    package var string: String {
        switch self {
        case .text(let bytes): String(decoding: bytes, as: UTF8.self)
        case .number(let number): "\(number)"
        case .error(let text): text
        case .list(let values): values.map(\.string).joined(separator: "\n")
        case .nothing: ""
        }
    }

    var bytes: [UInt8] { if case .text(let bytes) = self { bytes } else { [] } }
    var integer: Int64? { if case .number(let number) = self { number } else { nil } }
    var elements: [ChaosValue] { if case .list(let values) = self { values } else { [] } }
}

/// One connection to a Redis server on which commands are sent one by one; keys are bytes.
final class RedisTalk {
    private let connection: PlainConnection

    init(port: Int) throws {
        connection = try PlainConnection(port: port)
    }

    @discardableResult
    func ask(_ words: [[UInt8]]) throws -> ChaosValue {
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words { bytes += Array("$\(word.count)\r\n".utf8) + word + Array("\r\n".utf8) }
        try connection.send(bytes)
        return try read()
    }

    @discardableResult
    func ask(_ words: String...) throws -> ChaosValue {
        try ask(words.map { Array($0.utf8) })
    }

    private func read() throws -> ChaosValue {
        let line = try connection.line()
        guard let kind = line.first else { throw ChaosFailure("an empty answer of Redis") }
        let rest = String(decoding: line.dropFirst(), as: UTF8.self)
        switch kind {
        case UInt8(ascii: "+"): return .text(Array(line.dropFirst()))
        case UInt8(ascii: "-"): return .error(rest)
        case UInt8(ascii: ":"): return .number(Int64(rest) ?? 0)
        case UInt8(ascii: "$"):
            guard let count = Int(rest), count >= 0 else { return .nothing }
            let bytes = try connection.exactly(count)
            _ = try connection.exactly(2)
            return .text(bytes)
        case UInt8(ascii: "*"):
            guard let count = Int(rest), count >= 0 else { return .nothing }
            var values: [ChaosValue] = []
            for _ in 0..<count { values.append(try read()) }
            return .list(values)
        default: throw ChaosFailure("no answer of Redis: \(rest)")
        }
    }
}

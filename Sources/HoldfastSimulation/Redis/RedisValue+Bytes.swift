internal import HoldfastRedis

extension RedisValue {
    /// Writes the reply as a node sends it.
    func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += Array("$-1\r\n".utf8)
        case .integer(let number): Self.line(UInt8(ascii: ":"), RedisNumber.text(number), &bytes)
        case .status(let text): Self.line(UInt8(ascii: "+"), text, &bytes)
        case .error(let text): Self.line(UInt8(ascii: "-"), text, &bytes)
        case .bulk(let content):
            Self.line(UInt8(ascii: "$"), RedisNumber.text(Int64(content.count)), &bytes)
            bytes += content
            Self.end(&bytes)
        case .array(let values):
            Self.line(UInt8(ascii: "*"), RedisNumber.text(Int64(values.count)), &bytes)
            for value in values { value.write(to: &bytes) }
        }
    }

    private static func line(_ mark: UInt8, _ text: [UInt8], _ bytes: inout [UInt8]) {
        bytes.append(mark)
        bytes += text
        end(&bytes)
    }

    private static func end(_ bytes: inout [UInt8]) {
        bytes.append(13)
        bytes.append(10)
    }
}

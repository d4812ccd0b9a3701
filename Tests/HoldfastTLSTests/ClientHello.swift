/// A ClientHello made by hand, for what our own client never sends.
struct ClientHello {
    let record: [UInt8]

    init(version13: Bool, protocols: [String]?) {
        var extensions: [UInt8] = []
        func add(_ kind: UInt16, _ content: [UInt8]) {
            extensions += Self.octets(kind) + Self.octets(UInt16(content.count)) + content
        }
        add(10, [0, 2, 0, 0x1d])
        add(13, [0, 4, 0x04, 0x03, 0x08, 0x04])
        if version13 {
            add(43, [2, 3, 4])
            add(51, [0, 36, 0, 0x1d, 0, 32] + [UInt8](repeating: 9, count: 32))
        }
        if let protocols {
            let list = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
            add(16, Self.octets(UInt16(list.count)) + list)
        }
        var body: [UInt8] = [3, 3] + [UInt8](repeating: 5, count: 32)
        body += [32] + [UInt8](repeating: 6, count: 32)
        body += [0, 6, 0x13, 0x02, 0x13, 0x01, 0xc0, 0x2b] + [1, 0]
        body += Self.octets(UInt16(extensions.count)) + extensions
        let message: [UInt8] = [1, 0] + Self.octets(UInt16(body.count)) + body
        record = [0x16, 3, 1] + Self.octets(UInt16(message.count)) + message
    }

    private static func octets(_ value: UInt16) -> [UInt8] {
        [UInt8(value >> 8), UInt8(value & 0xff)]
    }
}

import Glibc
import HoldfastTestProto
import HoldfastWire

// The Swift half of tools/test-codec-differential: decodes and encodes what the other half sends.
//
// Request: length and name of the message, length and bytes. Response: 0 and the length and bytes
// of the message encoded again, or 1 and the length and name of the error. Lengths are 32-bit
// little-endian. `--list` writes the names of the messages it knows.

func readExactly(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var have = 0
    while have < count {
        let got = unsafe bytes.withUnsafeMutableBytes { memory in
            unsafe read(STDIN_FILENO, memory.baseAddress.map { unsafe $0 + have }, count - have)
        }
        guard got > 0 else { return nil }
        have += got
    }
    return bytes
}

func readBlock() -> [UInt8]? {
    guard let header = readExactly(4) else { return nil }
    let count = header.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard count <= 1 << 24 else { return nil }
    return readExactly(count)
}

func writeAll(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
        let count = unsafe bytes[sent...].withUnsafeBytes { memory in
            unsafe write(STDOUT_FILENO, memory.baseAddress, memory.count)
        }
        guard count > 0 else { exit(1) }
        sent += count
    }
}

func answer(_ status: UInt8, _ bytes: [UInt8]) {
    let count = UInt32(bytes.count)
    writeAll([status] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + bytes)
}

let messages = Dictionary(uniqueKeysWithValues: KnownMessage.all.map { ($0.name, $0) })

if CommandLine.arguments.dropFirst().first == "--list" {
    writeAll(Array(messages.keys.sorted().joined(separator: "\n").utf8) + [0x0a])
    exit(0)
}
while let name = readBlock() {
    guard let message = messages[String(decoding: name, as: UTF8.self)], let bytes = readBlock()
    else { exit(1) }
    switch message.recode(bytes) {
    case .success(let again): answer(0, again)
    case .failure(let error): answer(1, Array("\(error.kind)".utf8))
    }
}

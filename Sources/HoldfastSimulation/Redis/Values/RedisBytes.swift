internal import Glibc

/// A key, field or member: bytes that are compared as memory, as Redis does.
///
/// An array of bytes hashes byte by byte; this hashes all at once.
struct RedisBytes: Hashable, Comparable, Sendable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    func hash(into hasher: inout Hasher) {
        unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }

    static func == (left: RedisBytes, right: RedisBytes) -> Bool {
        left.bytes == right.bytes
    }

    static func < (left: RedisBytes, right: RedisBytes) -> Bool {
        let shared = min(left.bytes.count, right.bytes.count)
        let order = unsafe left.bytes.withUnsafeBytes { leftBytes in
            unsafe right.bytes.withUnsafeBytes { rightBytes in
                guard shared > 0, let first = leftBytes.baseAddress,
                    let second = rightBytes.baseAddress
                else { return 0 as Int32 }
                return unsafe memcmp(first, second, shared)
            }
        }
        return order == 0 ? left.bytes.count < right.bytes.count : order < 0
    }

    /// A number that depends on the bytes alone, in every process: FNV-1a, cut to 48 bits. The
    /// order of scans, whose cursors are these numbers.
    var scanPosition: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return (hash ^ (hash >> 48)) & 0xffff_ffff_ffff
    }
}

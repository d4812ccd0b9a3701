/// What a session's grants are compared by: the sum, modulo 2^46, of a number for each grant. A sum
/// and not an exclusive or, because the scripts have only doubles; and no more bits, because Lua
/// writes fourteen digits.
package enum GrantDigest {
    package static let modulus: UInt64 = 1 << 46

    /// The number of one lock in one grant: FNV-1a over the grant's id and the name.
    package static func element(name: String, grant: RequestID) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        mix(grant.high, into: &hash)
        mix(grant.low, into: &hash)
        var name = name
        name.withUTF8 { bytes in
            for index in bytes.indices { unsafe mix(bytes[index], into: &hash) }
        }
        return (hash ^ (hash >> 46)) & (modulus - 1)
    }

    @inline(__always)
    private static func mix(_ byte: UInt8, into hash: inout UInt64) {
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }

    /// The bytes of `word`, the highest first.
    @inline(__always)
    private static func mix(_ word: UInt64, into hash: inout UInt64) {
        var rest = word.byteSwapped
        for _ in 0..<8 {
            mix(UInt8(truncatingIfNeeded: rest), into: &hash)
            rest >>= 8
        }
    }

    /// Of `count` elements whose digest is `digest`, the digest of their counterparts: a node has these
    /// for grants that are shared, so that its digest tells in which mode it has each.
    package static func inverted(_ digest: UInt64, count: UInt64) -> UInt64 {
        (modulus &* 2 &- digest &- (count & (modulus - 1))) & (modulus - 1)
    }

    package static func add(_ element: UInt64, to digest: UInt64) -> UInt64 {
        (digest &+ element) & (modulus - 1)
    }

    package static func remove(_ element: UInt64, from digest: UInt64) -> UInt64 {
        (digest &+ modulus &- element) & (modulus - 1)
    }
}

internal import HoldfastWireProtocol

/// Finds a method by the bytes of its name, without making a `String` of what a peer sent.
///
/// Open addressing over a power of two at least twice the number of methods; the hash looks at the
/// length and the last eight bytes, where names of methods differ.
@safe
struct MethodTable: ~Copyable {
    let entries: [MethodEntry]
    private let names: [[UInt8]]
    private let places: [Int32]
    private let mask: Int

    init(_ entries: [MethodEntry]) {
        self.entries = entries
        names = entries.map { Array($0.path.utf8) }
        var size = 16
        while size < entries.count * 2 { size *= 2 }
        mask = size - 1
        var places = [Int32](repeating: -1, count: size)
        for (index, name) in names.enumerated() {
            var place = unsafe name.withUnsafeBytes { unsafe Self.hash($0) } & (size - 1)
            while places[place] >= 0 { place = (place + 1) & (size - 1) }
            places[place] = Int32(index)
        }
        self.places = places
    }

    @inline(__always)
    func find(_ name: UnsafeRawBufferPointer) -> Int? {
        var place = unsafe Self.hash(name) & mask
        while true {
            let index = Int(places[place])
            guard index >= 0 else { return nil }
            if unsafe Self.equal(names[index], name) { return index }
            place = (place + 1) & mask
        }
    }

    @inline(__always)
    private static func hash(_ name: UnsafeRawBufferPointer) -> Int {
        var word = UInt64(name.count)
        if name.count >= 8 {
            word ^= unsafe name.loadUnaligned(fromByteOffset: name.count - 8, as: UInt64.self)
        } else {
            for index in 0..<name.count { word = unsafe word << 8 ^ UInt64(name[index]) }
        }
        word &*= 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: word >> 32)
    }

    @inline(__always)
    private static func equal(_ name: [UInt8], _ other: UnsafeRawBufferPointer) -> Bool {
        guard name.count == other.count else { return false }
        return unsafe name.withUnsafeBytes { bytes in
            var index = 0
            while index + 8 <= bytes.count {
                let left = unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                let right = unsafe other.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                guard left == right else { return false }
                index += 8
            }
            while index < bytes.count {
                guard unsafe bytes[index] == other[index] else { return false }
                index += 1
            }
            return true
        }
    }
}

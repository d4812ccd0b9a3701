internal import CLuaHost
internal import HoldfastRedis

/// Reads the value that a run of a script left: a tag, a number, and for texts the bytes.
@safe struct LuaValueReader {
    private let bytes: UnsafeRawBufferPointer
    private var place = 0

    init(bytes: UnsafeRawBufferPointer) {
        unsafe self.bytes = bytes
    }

    mutating func value() -> RedisValue {
        guard unsafe bytes.count >= place + 9 else { return .null }
        let tag = unsafe Int(bytes[place])
        let number = unsafe bytes.loadUnaligned(fromByteOffset: place + 1, as: Int64.self)
        place += 9
        switch tag {
        case HF_LUA_INTEGER: return .integer(number)
        case HF_LUA_STATUS: return .status(text(number))
        case HF_LUA_BULK: return .bulk(text(number))
        case HF_LUA_ERROR: return .error(text(number))
        case HF_LUA_ARRAY: return .array((0..<number).map { _ in value() })
        default: return .null
        }
    }

    private mutating func text(_ count: Int64) -> [UInt8] {
        let end = min(place + Int(count), unsafe bytes.count)
        defer { place = end }
        return unsafe Array(bytes[place..<end])
    }
}

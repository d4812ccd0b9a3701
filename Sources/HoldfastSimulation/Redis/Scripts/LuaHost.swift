internal import CLua
internal import CLuaHost
internal import HoldfastBase
internal import HoldfastRedis

/// The owner of one Lua 5.1 state, in which scripts run as Redis runs them.
///
/// Scripts have base, string, table and math, without what would make two runs differ; `KEYS` and
/// `ARGV`; and `redis` with `call`, `pcall`, `error_reply`, `status_reply`, `sha1hex` and a `log`
/// that goes nowhere. Unlike in Redis there are no coroutines, `load`, environments, `cjson`, `bit`,
/// `struct` and `cmsgpack`. Values are converted both ways as Redis does with RESP 2.
///
/// Lua raises errors by longjmp, which must never pass a Swift frame: see CLuaHost. Swift is called
/// only by `carryOut`, which touches no Lua and returns.
@safe struct LuaHost: ~Copyable {
    /// A compiled script.
    struct Script {
        fileprivate let handle: Int32
    }

    private let host: OpaquePointer
    private let target: LuaTarget

    init(target: LuaTarget) {
        let context = unsafe Unmanaged.passUnretained(target).toOpaque()
        guard let host = unsafe hf_lua_open(unsafe Self.carryOut, context) else {
            preconditionFailure("no memory for Lua")
        }
        unsafe self.host = host
        self.target = target
        unsafe target.host = host
    }

    deinit {
        unsafe hf_lua_close(host)
    }

    /// The name under which Redis knows a script.
    static func digest(of body: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: 40) { digits, count in
            unsafe body.withUnsafeBufferPointer { bytes in
                unsafe hf_sha1_hex(bytes.baseAddress, bytes.count, digits.baseAddress)
            }
            count = 40
        }
    }

    func compile(_ body: [UInt8]) throws(RedisFailure) -> Script {
        let handle = unsafe body.withUnsafeBufferPointer { bytes in
            unsafe hf_lua_compile(host, bytes.baseAddress, bytes.count)
        }
        if handle >= 0 { return Script(handle: handle) }
        let message = unsafe Array(resultBytes).map { $0 == 10 || $0 == 13 ? 32 : $0 }
        throw RedisFailure(
            bytes: Array("ERR Error compiling script (new function): ".utf8) + message)
    }

    /// Runs a script to its end, or to the end of its budget of instructions.
    func run(
        _ script: Script, name: [UInt8], keys: ArraySlice<[UInt8]>,
        arguments: ArraySlice<[UInt8]>, instructionsMax: Int32
    ) -> RedisValue {
        for key in keys { stage(key, isKey: true) }
        for argument in arguments { stage(argument, isKey: false) }
        let terminated = name + [0]
        unsafe terminated.withUnsafeBytes { bytes in
            unsafe hf_lua_run(
                host, script.handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                instructionsMax)
        }
        var reader = unsafe LuaValueReader(bytes: UnsafeRawBufferPointer(resultBytes))
        return reader.value()
    }

    private func stage(_ bytes: [UInt8], isKey: Bool) {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe hf_lua_stage(host, isKey, buffer.baseAddress, buffer.count)
        }
    }

    /// What the last compilation or run left; good until the next.
    private var resultBytes: UnsafeBufferPointer<UInt8> {
        var count = 0
        let bytes = unsafe hf_lua_result(host, &count)
        return unsafe UnsafeBufferPointer(start: bytes, count: count)
    }

    /// Hands the command of a script to the node, and its reply back as an answer.
    private static let carryOut: hf_lua_command = { context, slices, count in
        guard let context = unsafe context else { return }
        let target = unsafe Unmanaged<LuaTarget>.fromOpaque(context).takeUnretainedValue()
        guard let host = unsafe target.host else { return }
        let arguments = unsafe UnsafeBufferPointer(start: slices, count: count).map { slice in
            unsafe Array(UnsafeBufferPointer(start: slice.bytes, count: slice.count))
        }
        let reply = target.model?.executeInScript(arguments) ?? .null
        unsafe answer(host, reply)
    }

    private static func answer(_ host: OpaquePointer, _ value: RedisValue) {
        switch value {
        case .null: unsafe hf_lua_answer(host, tag(HF_LUA_NULL), 0)
        case .integer(let number): unsafe hf_lua_answer(host, tag(HF_LUA_INTEGER), number)
        case .status(let bytes): unsafe answer(host, HF_LUA_STATUS, bytes)
        case .bulk(let bytes): unsafe answer(host, HF_LUA_BULK, bytes)
        case .error(let bytes): unsafe answer(host, HF_LUA_ERROR, bytes)
        case .array(let values):
            unsafe hf_lua_answer(host, tag(HF_LUA_ARRAY), Int64(values.count))
            for value in values { unsafe answer(host, value) }
        }
    }

    private static func answer(_ host: OpaquePointer, _ kind: Int, _ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe hf_lua_answer_bytes(host, tag(kind), buffer.baseAddress, buffer.count)
        }
    }

    private static func tag(_ kind: Int) -> UInt8 { UInt8(truncatingIfNeeded: kind) }
}

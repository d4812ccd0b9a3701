internal import HoldfastBase
internal import HoldfastSettings
package import HoldfastWire

/// What is to be done about keys, as it is sent.
package enum KeyCommand: Hashable, Sendable {
    case get(GetKeyRequest, isRaw: Bool)
    /// - Parameter file: where the value is to be read.
    case put(PutKeyRequest, file: String?, id: [UInt8]?)
    case delete(DeleteKeyRequest, id: [UInt8]?)
    /// - Parameter limit: 0 is all.
    case list(ListKeysRequest, limit: Int)
    /// - Parameter isInitialOnly: ends when all that is there has been told.
    case watch(WatchKeysRequest, isInitialOnly: Bool)

    init(_ parsed: ParsedArguments) throws(ArgumentError) {
        let key = parsed.operands.first ?? ""
        let space = parsed.value("space") ?? ""
        switch parsed.command.last {
        case "get":
            self = .get(
                GetKeyRequest(space: space, key: key, guard: try Self.guarding(parsed)),
                isRaw: parsed.isOn("raw"))
        case "put": self = try Self.put(parsed, space, key)
        case "delete":
            self = .delete(
                DeleteKeyRequest(
                    space: space, key: key, condition: try Self.condition(parsed),
                    guard: try Self.guarding(parsed)),
                id: try parsed.id("request-id"))
        case "watch": self = try Self.watch(parsed, space)
        default:
            self = .list(
                ListKeysRequest(
                    space: space, prefix: key, pageSize: 500, keysOnly: !parsed.isOn("values")),
                limit: try parsed.number("limit", 1...1_000_000_000) ?? 0)
        }
    }

    private static func put(
        _ parsed: ParsedArguments, _ space: String, _ key: String
    ) throws(ArgumentError) -> KeyCommand {
        let file = parsed.value("file")
        let value = parsed.operands.dropFirst().first
        if file != nil, value != nil {
            throw ArgumentError("VALUE and --file say the same: give one of them")
        }
        if file == nil, value == nil {
            throw ArgumentError("a value is needed: VALUE, or --file PATH (- is standard input)")
        }
        return .put(
            PutKeyRequest(
                space: space, key: key, value: Array((value ?? "").utf8),
                condition: try condition(parsed), ttlMs: try parsed.milliseconds("ttl"),
                guard: try guarding(parsed)),
            file: file, id: try parsed.id("request-id"))
    }

    private static func watch(
        _ parsed: ParsedArguments, _ space: String
    ) throws(ArgumentError) -> KeyCommand {
        let keys = parsed.values("name")
        guard keys.isEmpty || parsed.operands.isEmpty else {
            throw ArgumentError("either PREFIX or --name")
        }
        let (isInitialOnly, isChangesOnly) = (parsed.isOn("initial"), parsed.isOn("changes"))
        if isChangesOnly, isInitialOnly || !keys.isEmpty {
            throw ArgumentError("--changes goes with a PREFIX, and not with --initial")
        }
        return .watch(
            WatchKeysRequest(
                space: space, keys: keys, prefix: parsed.operands.first ?? "",
                changesOnly: isChangesOnly), isInitialOnly: isInitialOnly)
    }

    private static func guarding(_ parsed: ParsedArguments) throws(ArgumentError) -> KeyGuard? {
        let fence = try parsed.number("fence", 1...Int.max)
        guard let lock = parsed.value("lock") else {
            guard fence == nil else {
                throw ArgumentError("--fence without --lock: which lock it is the fence of")
            }
            return nil
        }
        guard let fence else {
            throw ArgumentError(
                "--lock wants --fence N, which it was granted under ($HOLDFAST_FENCE in lock run)")
        }
        return KeyGuard(lock: lock, fence: UInt64(fence))
    }

    private static func condition(
        _ parsed: ParsedArguments
    ) throws(ArgumentError) -> KeyCondition? {
        let given = ["if-version", "if-absent", "if-present"].filter {
            parsed.value($0) != nil || parsed.isOn($0)
        }
        if given.count > 1 {
            throw ArgumentError("--\(given[0]) and --\(given[1]): give one of them")
        }
        if let version = try parsed.number("if-version", 1...Int.max) {
            return KeyCondition(condition: .version(UInt64(version)))
        }
        if parsed.isOn("if-absent") { return KeyCondition(condition: .absent(true)) }
        if parsed.isOn("if-present") { return KeyCondition(condition: .present(true)) }
        return nil
    }
}

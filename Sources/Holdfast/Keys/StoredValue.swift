internal import HoldfastWire

/// The value of a key, as it was when it was read.
public struct StoredValue: Hashable, Sendable {
    /// The key, without the client's namespace.
    public var key: String
    /// What was put there.
    public var bytes: [UInt8]
    /// Which change made it: larger than those before, also after the key was deleted.
    public var version: UInt64
    /// How long it lasts still; `nil` is for ever.
    public var remaining: Duration?

    /// A value.
    public init(key: String, bytes: [UInt8], version: UInt64, remaining: Duration? = nil) {
        self.key = key
        self.bytes = bytes
        self.version = version
        self.remaining = remaining
    }

    /// The value as text; `nil` where it is none.
    public var text: String? { String(validating: bytes, as: UTF8.self) }

    init(_ entry: KeyEntry, key: String) {
        self.init(key: key, bytes: entry.value, version: entry.version)
        if case .remainingMs(let milliseconds) = entry.remaining {
            remaining = .milliseconds(Int64(clamping: milliseconds))
        }
    }
}

/// What a key must be for a change to be made.
public enum KeyRequirement: Hashable, Sendable {
    /// Anything.
    case none
    /// It has no value.
    case absent
    /// It has a value.
    case present
    /// It has exactly this version.
    case version(UInt64)

    var message: KeyCondition? {
        switch self {
        case .none: nil
        case .absent: KeyCondition(condition: .absent(true))
        case .present: KeyCondition(condition: .present(true))
        case .version(let version): KeyCondition(condition: .version(version))
        }
    }
}

/// A key was not as a change required it, and nothing was changed.
public struct KeyConflict: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which key.
    public let key: String
    /// How it is; `nil` where it has no value.
    public let current: StoredValue?

    /// A conflict.
    public init(key: String, current: StoredValue?) {
        self.key = key
        self.current = current
    }

    /// For people.
    public var description: String {
        let now = current.map { "it has version \($0.version)" } ?? "it has no value"
        return "\(key) is not as it must be: \(now)"
    }
}

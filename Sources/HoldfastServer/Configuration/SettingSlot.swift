import HoldfastBase

/// The kind of a setting, and the place in `ServerConfiguration` where its value goes.
///
/// Kind and place are one value, so that a setting cannot be read as one type and stored as
/// another.
enum SettingSlot: Sendable {
    typealias Place<Value> = WritableKeyPath<ServerConfiguration, Value> & Sendable

    /// A text of at most 128 visible characters; the string is shown where the default is made.
    case name(any Place<String>, preset: String)
    /// A path that must be there.
    case path(any Place<String>)
    /// A path, or "" for none.
    case optionalPath(any Place<String?>)
    /// One address or several; "off" for none where that is allowed.
    case addresses(any Place<[ListenAddress]>, canBeOff: Bool)
    /// A text as of `name`, or "" for none.
    case optionalName(any Place<String?>)
    /// Redis nodes, or "off" for none.
    case nodes(any Place<[NodeAddress]>)
    case count(any Place<Int>, ClosedRange<Int64>)
    case time(any Place<Interval>, ClosedRange<Interval>)
    case boolean(any Place<Bool>)
    case logLevel(any Place<LogLevel>)
    case logFormat(any Place<LogFormat>)
    /// One of the limits, with the kind that its description states.
    case limit(LimitDescription)

    /// Most addresses of one setting.
    static let addressesMax = 16

    /// Stores `input`; false when it is not of the form that `form` describes.
    func store(_ input: SettingInput, in configuration: inout ServerConfiguration) -> Bool {
        switch self {
        case .name(let place, _):
            return Self.store(input.text.flatMap(Self.name), place, &configuration)
        case .path(let place):
            return Self.store(input.text.flatMap(Self.path), place, &configuration)
        case .optionalPath(let place):
            guard let text = input.text else { return false }
            if text.isEmpty {
                configuration[keyPath: place] = nil
                return true
            }
            return Self.store(Self.path(text).map(Optional.some), place, &configuration)
        case .addresses(let place, let canBeOff):
            return Self.store(
                Self.addresses(input, canBeOff: canBeOff), place, &configuration)
        case .optionalName(let place):
            guard let text = input.text else { return false }
            if text.isEmpty {
                configuration[keyPath: place] = nil
                return true
            }
            return Self.store(Self.name(text).map(Optional.some), place, &configuration)
        case .nodes(let place): return Self.store(Self.nodes(input), place, &configuration)
        case .count(let place, let allowed):
            return Self.store(
                input.integer.flatMap { allowed.contains($0) ? Int(exactly: $0) : nil },
                place, &configuration)
        case .time(let place, let allowed):
            return Self.store(Self.interval(input, allowed), place, &configuration)
        case .boolean(let place):
            return Self.store(input.boolean, place, &configuration)
        case .logLevel(let place):
            return Self.store(input.text.flatMap(LogLevel.init), place, &configuration)
        case .logFormat(let place):
            return Self.store(input.text.flatMap(LogFormat.init), place, &configuration)
        case .limit(let limit):
            return Self.store(input, limit, &configuration.limits)
        }
    }

    private static func store(
        _ input: SettingInput, _ limit: LimitDescription, _ limits: inout Limits
    ) -> Bool {
        let allowed = limit.allowed
        switch limit.value {
        case .count(let place):
            return store(
                input.integer.flatMap { allowed.contains($0) ? Int(exactly: $0) : nil },
                place, &limits)
        case .bytes(let place):
            let bytes = input.integer ?? input.text.flatMap(Quantity.bytes)
            return store(
                bytes.flatMap { allowed.contains($0) ? Int(exactly: $0) : nil }, place, &limits)
        case .time(let place):
            return store(interval(input, limit.allowedTimes), place, &limits)
        }
    }

    private static func store<Root, Value>(
        _ value: Value?, _ place: WritableKeyPath<Root, Value>, _ root: inout Root
    ) -> Bool {
        guard let value else { return false }
        root[keyPath: place] = value
        return true
    }

    private static func name(_ text: String) -> String? {
        let isPlain = text.unicodeScalars.allSatisfy { !TextEscape.isUnsafe($0) && $0 != " " }
        return !text.isEmpty && text.utf8.count <= 128 && isPlain ? text : nil
    }

    private static func path(_ text: String) -> String? {
        !text.isEmpty && text.utf8.count < 4096 && !text.utf8.contains(0) ? text : nil
    }

    private static func interval(
        _ input: SettingInput, _ allowed: ClosedRange<Interval>
    ) -> Interval? {
        // Zero needs no unit; every other bare number would be a guess at one.
        let text = input.integer == 0 ? "0" : input.text
        return text.flatMap(Quantity.interval).flatMap { allowed.contains($0) ? $0 : nil }
    }

    private static func nodes(_ input: SettingInput) -> [NodeAddress]? {
        guard let texts = input.list, !texts.isEmpty else { return nil }
        if texts == ["off"] { return [] }
        let addresses = texts.compactMap { NodeAddress($0) }
        let isCountRight = [1, 3, 5, 7].contains(texts.count)
        return addresses.count == texts.count && isCountRight ? addresses : nil
    }

    private static func addresses(_ input: SettingInput, canBeOff: Bool) -> [ListenAddress]? {
        guard let texts = input.list, !texts.isEmpty, texts.count <= addressesMax else {
            return nil
        }
        if canBeOff, texts == ["off"] { return [] }
        let addresses = texts.compactMap { ListenAddress($0) }
        return addresses.count == texts.count ? addresses : nil
    }
}

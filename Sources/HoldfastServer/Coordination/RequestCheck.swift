package import HoldfastBase
package import HoldfastWire

/// Whether what a caller sent can be meant: names, times, counts, ids. Pure, and the only place that
/// decides it.
///
/// Nothing is ever corrected in silence. Each thing that is wrong is told with its field, what is
/// wrong with it, and the bound; what was sent is not repeated.
package struct RequestCheck {
    /// INVALID_NAME and INVALID_FIELD: a program can tell a bad name from a bad option.
    private var reason = ""
    private var violations: [RPCError.Violation] = []
    private let limits: Limits
    private let nodes: Int

    /// - Parameter nodes: how many the cluster has.
    package init(_ limits: Limits, nodes: Int) {
        self.limits = limits
        self.nodes = nodes
    }

    /// The answer to a request that cannot be meant; `nil` when nothing is wrong.
    package var error: RPCError? {
        guard !violations.isEmpty else { return nil }
        let message =
            violations.count == 1
            ? "a field of the request is wrong"
            : "\(violations.count) fields of the request are wrong"
        return RPCError(.invalidArgument, message, reason: reason, violations: violations)
    }

    package mutating func report(_ field: String, _ problem: String, _ reason: Reason = .field) {
        if violations.isEmpty { self.reason = reason.rawValue }
        violations.append(.init(field: field, description: problem))
    }

    package enum Reason: String {
        case name = "INVALID_NAME"
        case field = "INVALID_FIELD"
        case space = "UNKNOWN_SPACE"
    }

    // MARK: Names

    package mutating func names(_ names: [String], field: String = "names") {
        guard !names.isEmpty else {
            report(field, "is empty: name 1 to \(limits.lockNamesMax) locks", .name)
            return
        }
        guard names.count <= limits.lockNamesMax else {
            report(
                field, "has \(names.count) names: at most \(limits.lockNamesMax) (locks.names)",
                .name)
            return
        }
        for (index, text) in names.enumerated() {
            name(text, field: names.count == 1 ? field : "\(field)[\(index)]")
        }
        if names.count > 1, Set(names).count < names.count {
            report(field, "has a name twice", .name)
        }
    }

    @inline(__always)
    package mutating func name(_ name: String, field: String) {
        let count = name.utf8.count
        if count == 0 || count > limits.lockNameBytesMax || Self.hasControls(name) {
            wrong(name, field)
        }
    }

    @inline(never)
    private mutating func wrong(_ name: String, _ field: String) {
        let count = name.utf8.count
        if count == 0 {
            report(field, "is empty: 1 to \(limits.lockNameBytesMax) bytes", .name)
        } else if count > limits.lockNameBytesMax {
            report(
                field,
                "has \(count) bytes: at most \(limits.lockNameBytesMax) (locks.name_bytes)", .name)
        } else {
            report(field, "has a control character: use none of U+0000–1F and U+007F–9F", .name)
        }
    }

    /// Control characters make two names look alike in logs and tables.
    private static func hasControls(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var previous: UInt8 = 0
            for place in bytes.indices {
                let byte = unsafe bytes[place]
                if byte < 0x20 || byte == 0x7F { return true }
                if previous == 0xC2, byte < 0xA0 { return true }
                previous = byte
            }
            return false
        }
    }

    /// The beginning of names, which may be empty.
    package mutating func prefix(_ prefix: String) {
        if !prefix.isEmpty { name(prefix, field: "prefix") }
    }

    package mutating func holder(_ holder: String, isReentrant: Bool) {
        if isReentrant, holder.isEmpty {
            report("holder", "is empty: reentrant needs to know who enters again")
        }
        if holder.utf8.count > limits.lockHolderBytesMax {
            report(
                "holder",
                "has \(holder.utf8.count) bytes: at most \(limits.lockHolderBytesMax) "
                    + "(locks.holder_bytes)")
        } else if Self.hasControls(holder) {
            report("holder", "has a control character")
        }
    }

    // MARK: Keys

    package mutating func keyName(_ name: String, field: String) {
        let count = name.utf8.count
        if count == 0 {
            report(field, "is empty: 1 to \(limits.keyNameBytesMax) bytes", .name)
        } else if count > limits.keyNameBytesMax {
            report(
                field, "has \(count) bytes: at most \(limits.keyNameBytesMax) (keys.name_bytes)",
                .name)
        } else if Self.hasControls(name) {
            report(field, "has a control character: use none of U+0000–1F and U+007F–9F", .name)
        }
    }

    package mutating func value(_ bytes: [UInt8]) {
        if bytes.count > limits.keyValueBytesMax {
            report(
                "value",
                "has \(bytes.count) bytes: at most \(limits.keyValueBytesMax) (keys.value_bytes)")
        }
    }

    /// How long a value lasts; 0 is for ever.
    package mutating func keyTTL(_ milliseconds: UInt64) -> UInt64 {
        atMost(limits.keyTTLMax, milliseconds, field: "ttl_ms", setting: "keys.max_ttl")
    }

    package mutating func batch(_ count: Int) {
        if count == 0 {
            report("steps", "is empty: 1 to \(limits.keyBatchMax)")
        } else if count > limits.keyBatchMax {
            report("steps", "has \(count): at most \(limits.keyBatchMax) (keys.batch)")
        }
    }

    // MARK: Ids

    /// An id of 16 bytes that must be there.
    package mutating func id(_ bytes: [UInt8], field: String) -> RequestID {
        let id = optionalID(bytes, field: field)
        if bytes.isEmpty { report(field, "is missing: 16 bytes") }
        return id ?? .none
    }

    /// An id of 16 bytes; `nil` when it was not given.
    package mutating func optionalID(_ bytes: [UInt8], field: String) -> RequestID? {
        guard !bytes.isEmpty else { return nil }
        guard let id = unsafe RequestID(bytes.span.bytes), id != .none else {
            report(
                field,
                bytes.count == 16 ? "is all zeros" : "has \(bytes.count) bytes: 16 make an id")
            return nil
        }
        return id
    }

    // MARK: Times and counts

    /// How long something lives; `preset` where 0 was sent.
    package mutating func ttl(_ milliseconds: UInt64, preset: UInt64 = 30_000) -> UInt64 {
        let least = Self.milliseconds(limits.lockTTLMin)
        let most = Self.milliseconds(limits.lockTTLMax)
        guard milliseconds > 0 else { return min(max(preset, least), most) }
        if milliseconds < least {
            report("ttl_ms", "is \(milliseconds): at least \(least) (locks.min_ttl)")
        } else if milliseconds > most {
            report("ttl_ms", "is \(milliseconds): at most \(most) (locks.max_ttl)")
        }
        return milliseconds
    }

    package mutating func wait(
        _ milliseconds: UInt64, retries count: UInt32, delay: UInt64
    ) -> UInt64 {
        guard count > 0 || delay > 0 else { return wait(milliseconds) }
        if milliseconds > 0 {
            report("wait_ms", "is given with retry_count: say how long in one way")
        }
        if count == 0 { report("retry_count", "is 0, and retry_delay_ms is not: give both") }
        if delay == 0 { report("retry_delay_ms", "is 0, and retry_count is not: give both") }
        let (product, overflow) = UInt64(count).multipliedReportingOverflow(by: delay)
        return atMost(
            limits.lockWaitMax, overflow ? .max : product, field: "retry_delay_ms",
            "times retry_count", setting: "locks.max_wait")
    }

    package mutating func wait(_ milliseconds: UInt64) -> UInt64 {
        atMost(limits.lockWaitMax, milliseconds, field: "wait_ms", setting: "locks.max_wait")
    }

    /// How long a request has waited before: nobody has waited longer than one may wait.
    package mutating func waited(_ milliseconds: UInt64) -> UInt64 {
        atMost(limits.lockWaitMax, milliseconds, field: "waited_ms", setting: "locks.max_wait")
    }

    package mutating func lockDelay(_ milliseconds: UInt64) -> UInt64 {
        atMost(
            limits.lockDelayMax, milliseconds, field: "lock_delay_ms",
            setting: "locks.max_lock_delay")
    }

    /// How often the server renews; 0 for not at all.
    package mutating func renewInterval(
        _ milliseconds: UInt64, isAutomatic: Bool, ttl: UInt64, hasSession: Bool
    ) -> UInt64 {
        guard isAutomatic else {
            if milliseconds > 0 { report("renew_interval_ms", "is given without auto_renew") }
            return 0
        }
        if hasSession {
            report("auto_renew", "is given with a session, which is renewed by KeepAlive")
        }
        guard milliseconds > 0 else { return max(10, ttl / 3) }
        if milliseconds < 10 || milliseconds >= ttl {
            report("renew_interval_ms", "is \(milliseconds): from 10 to less than \(ttl) (ttl_ms)")
        }
        return milliseconds
    }

    /// - Parameter isKept: whether anything keeps the grant alive beyond its time to live.
    package mutating func maxHold(_ milliseconds: UInt64, isKept: Bool) -> UInt64 {
        if milliseconds > 0, !isKept {
            report(
                "max_hold_ms", "is given without session and auto_renew: ttl_ms bounds this grant")
        }
        return atMost(
            limits.lockTTLMax, milliseconds, field: "max_hold_ms", setting: "locks.max_ttl")
    }

    package mutating func strength(_ strength: UInt32) -> Int {
        if strength > UInt32(nodes) {
            report(
                "min_strength",
                "is \(strength): the cluster has \(nodes) node\(nodes == 1 ? "" : "s")")
        }
        return Int(strength)
    }

    package mutating func metadata(_ bytes: [UInt8], field: String) {
        if bytes.count > limits.lockMetadataBytesMax {
            report(
                field,
                "has \(bytes.count) bytes: at most \(limits.lockMetadataBytesMax) "
                    + "(locks.metadata_bytes)")
        }
    }

    private mutating func atMost(
        _ bound: Interval, _ milliseconds: UInt64, field: String, _ more: String = "",
        setting: String
    ) -> UInt64 {
        let most = Self.milliseconds(bound)
        if milliseconds > most {
            let what = more.isEmpty ? "is" : "\(more) is"
            report(field, "\(what) \(milliseconds): at most \(most) (\(setting))")
        }
        return milliseconds
    }

    private static func milliseconds(_ interval: Interval) -> UInt64 {
        UInt64(clamping: interval.millisecondsRoundedUp)
    }
}

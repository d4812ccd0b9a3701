import HoldfastBase

/// Makes the lines of a history file; the caller writes them, and writes a call *before* it is sent.
///
/// A call and its end are two lines, so that a process that is killed leaves behind what it had asked
/// for: a release that was sent ends a hold, whether or not its answer was ever recorded. Fields are
/// separated by one blank, numbers are decimal, times are nanoseconds, `-` is nothing:
///
///     holdfast-history 1
///     n NODES
///     c CLIENT ID KIND LOCK GRANT|- TIME
///     r CLIENT ID TIME granted GRANT FENCE STRENGTH exclusive|shared DEADLINE
///     r CLIENT ID TIME notHeld GRANT|-
///     r CLIENT ID TIME free | released | notOwner | lost | unknown | failed CODE
///     f NODE FROM UNTIL
///     w RESOURCE CLIENT TIME FENCE accepted|refused READ WRITTEN
///
/// Kinds are those of `HistoryKind`. In names, blanks, control characters and `%` are written as `%`
/// and two hexadecimal digits; a name of no characters is a lone `%`. Lines that start with `#` are
/// comments. Files of several processes are read one by one and merged.
package struct HistoryWriter: Sendable {
    /// What was made and not taken yet.
    package private(set) var bytes: [UInt8] = []

    /// Starts a file.
    package init() {
        line("holdfast-history 1")
    }

    /// The bytes made since the last time.
    package mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    /// A whole history as one file.
    package static func bytes(of history: History) -> [UInt8] {
        var writer = HistoryWriter()
        writer.nodeCount(history.nodeCount)
        for forget in history.forgets { writer.forgot(forget) }
        for record in history.records {
            writer.called(record)
            writer.returned(record)
        }
        for entry in history.resourceLog { writer.resource(entry) }
        return writer.bytes
    }

    package mutating func nodeCount(_ count: Int) {
        line("n \(count)")
    }

    /// That the call is about to be made: everything of the record but its end.
    package mutating func called(_ record: HistoryRecord) {
        bytes += "c \(record.client) \(record.id) \(record.kind.rawValue) ".utf8
        name(record.lock)
        line(" \(Self.optional(record.subject)) \(record.called.nanoseconds)")
    }

    /// How it ended. Without a line the outcome is unknown; writing nothing for it is right too.
    package mutating func returned(_ record: HistoryRecord) {
        guard record.outcome != .unknown else { return }
        bytes += "r \(record.client) \(record.id) \(record.returned.nanoseconds) ".utf8
        switch record.outcome {
        case .granted(let grant):
            line(
                "granted \(grant.id) \(grant.fence) \(grant.strength) \(grant.mode.rawValue) "
                    + "\(grant.deadline.nanoseconds)")
        case .notHeld(let holder): line("notHeld \(Self.optional(holder))")
        case .free: line("free")
        case .released: line("released")
        case .notOwner: line("notOwner")
        case .lost: line("lost")
        case .unknown: line("unknown")
        case .failed(let code):
            bytes += "failed ".utf8
            name(code)
            line("")
        }
    }

    package mutating func forgot(_ forget: NodeForget) {
        line("f \(forget.node) \(forget.from.nanoseconds) \(forget.until.nanoseconds)")
    }

    package mutating func resource(_ entry: ResourceEntry) {
        bytes += "w ".utf8
        name(entry.resource)
        line(
            " \(entry.client) \(entry.at.nanoseconds) \(entry.fence) "
                + "\(entry.isAccepted ? "accepted" : "refused") \(entry.read) \(entry.written)")
    }

    private mutating func line(_ text: String) {
        bytes += text.utf8
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func name(_ text: String) {
        let digits = Array("0123456789abcdef".utf8)
        let percent = UInt8(ascii: "%")
        if text.isEmpty { bytes.append(percent) }
        for byte in text.utf8 {
            if byte <= 0x20 || byte == 0x7F || byte == percent {
                bytes += [percent, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            } else {
                bytes.append(byte)
            }
        }
    }

    private static func optional(_ number: UInt64?) -> String {
        number.map(String.init) ?? "-"
    }
}

import HoldfastBase

/// Reads a history file; `HistoryWriter` says what is in it.
///
/// A process that is killed leaves a last line without an end. It is left out, whatever it says: a
/// number that was cut is still a number. Calls without an end have an unknown outcome. Anything else
/// that is wrong is an error, because a checker that is fed half a history finds half of the faults.
package struct HistoryReader: Sendable {
    package private(set) var history = History()
    /// Whether the last line had no end, or there was no line at all.
    package private(set) var isCutShort = false

    private struct CallKey: Hashable {
        let client: UInt32
        let id: UInt64
    }

    private var placeOfCall: [CallKey: Int] = [:]

    package init(_ bytes: [UInt8]) throws(HistoryFileError) {
        var start = 0
        var line = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            line += 1
            if line == 1 {
                let header = String(decoding: bytes[start..<end], as: UTF8.self)
                guard header == "holdfast-history 1" else {
                    throw HistoryFileError(line: 1, problem: "no history file of version 1")
                }
            } else {
                try take(HistoryFields(bytes, start..<end, line: line))
            }
            start = end + 1
        }
        isCutShort = start < bytes.count || line == 0
    }

    private mutating func take(_ line: HistoryFields) throws(HistoryFileError) {
        var fields = line
        switch try fields.word("kind of line") {
        case "c": try takeCall(&fields)
        case "r": try takeReturn(&fields)
        case "n": history.nodeCount = try fields.number("number of nodes")
        case "f":
            history.forgets.append(
                NodeForget(
                    node: try fields.number("node"), from: try fields.instant("time"),
                    until: try fields.instant("time")))
        case "w": try takeResource(&fields)
        case let word where word.hasPrefix("#"): return
        default: throw fields.fault("kind of line")
        }
        try fields.finish()
    }

    private mutating func takeCall(_ fields: inout HistoryFields) throws(HistoryFileError) {
        let key = CallKey(client: try fields.number("client"), id: try fields.number("id"))
        guard let kind = HistoryKind(rawValue: try fields.word("kind")) else {
            throw fields.fault("kind")
        }
        let record = HistoryRecord(
            id: key.id, client: key.client, lock: try fields.name("lock"), kind: kind,
            subject: try fields.optional("grant"), called: try fields.instant("time"))
        guard placeOfCall.updateValue(history.records.count, forKey: key) == nil else {
            throw fields.fault("id: it was used before")
        }
        history.records.append(record)
    }

    private mutating func takeReturn(_ fields: inout HistoryFields) throws(HistoryFileError) {
        let key = CallKey(client: try fields.number("client"), id: try fields.number("id"))
        guard let place = placeOfCall[key] else { throw fields.fault("id: nothing was called so") }
        let returned = try fields.instant("time")
        let outcome = try Self.outcome(&fields)
        if outcome == .unknown { return }
        history.records[place].returned = returned
        history.records[place].outcome = outcome
    }

    private mutating func takeResource(_ fields: inout HistoryFields) throws(HistoryFileError) {
        let resource = try fields.name("resource")
        let client: UInt32 = try fields.number("client")
        let at = try fields.instant("time")
        let fence: UInt64 = try fields.number("fence")
        let answer = try fields.word("answer")
        guard answer == "accepted" || answer == "refused" else { throw fields.fault("answer") }
        history.resourceLog.append(
            ResourceEntry(
                resource: resource, client: client, fence: fence, at: at,
                isAccepted: answer == "accepted", read: try fields.number("value"),
                written: try fields.number("value")))
    }

    private static func outcome(
        _ fields: inout HistoryFields
    ) throws(HistoryFileError) -> HistoryOutcome {
        switch try fields.word("outcome") {
        case "granted":
            let id: UInt64 = try fields.number("grant")
            let fence: UInt64 = try fields.number("fence")
            let strength: Int = try fields.number("strength")
            guard let mode = HistoryMode(rawValue: try fields.word("mode")) else {
                throw fields.fault("mode")
            }
            return .granted(
                HistoryGrant(
                    id: id, fence: fence, strength: strength, mode: mode,
                    deadline: try fields.instant("deadline")))
        case "notHeld": return .notHeld(by: try fields.optional("grant"))
        case "free": return .free
        case "released": return .released
        case "notOwner": return .notOwner
        case "lost": return .lost
        case "unknown": return .unknown
        case "failed": return .failed(try fields.name("code"))
        default: throw fields.fault("outcome")
        }
    }
}

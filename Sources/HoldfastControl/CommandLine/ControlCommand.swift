package import HoldfastBase
package import HoldfastSettings

/// What is to be done, with all that was said about it.
package enum ControlCommand: Hashable, Sendable {
    case ping(PingPlan)
    case status
    case connections
    /// The open calls; of all connections when `connection` is 0.
    case streams(connection: UInt64)
    case limits
    case statistics
    case drain(graceMilliseconds: UInt32, reason: String)
    case reload
    case logLevel(String)
    case health(service: String, isWatched: Bool)
    /// Of this program and of the server.
    case version
    /// What needs no server.
    case local(LocalCommand)
    case call(CallCommand)
    case watch(WatchPlan)
    case top(TopPlan)
    case lock(LockCommand)
    case session(SessionCommand)
    case elect(ElectionCommand)
    case kv(KeyCommand)
    /// - Parameter isCompared: each node is asked about each lock.
    case nodes(isCompared: Bool)
    case formCluster
    case advanceClock(milliseconds: UInt64)

    /// Reads what `parsed`, which is of `ControlArguments.root`, asks for.
    package init(_ parsed: ParsedArguments) throws(ArgumentError) {
        if let local = try LocalCommand(parsed) {
            self = .local(local)
            return
        }
        switch parsed.command.first {
        case "call": self = .call(try CallCommand(parsed))
        case "watch": self = .watch(try WatchPlan(parsed))
        case "top": self = .top(try TopPlan(parsed))
        case "lock": self = .lock(try LockCommand(parsed))
        case "session": self = .session(try SessionCommand(parsed))
        case "elect": self = .elect(try ElectionCommand(parsed))
        case "kv": self = .kv(try KeyCommand(parsed))
        case "nodes": self = .nodes(isCompared: parsed.isOn("compare"))
        case "cluster": self = .formCluster
        case "advance-clock": self = try Self.advanceClock(parsed)
        case "ping": self = .ping(try PingPlan(parsed))
        case "status": self = .status
        case "conns": self = try Self.connections(parsed)
        case "limits": self = .limits
        case "stats": self = .statistics
        case "drain": self = try Self.drain(parsed)
        case "reload": self = .reload
        case "log-level": self = .logLevel(parsed.operands.first ?? "")
        case "health":
            self = .health(
                service: parsed.operands.first ?? "", isWatched: parsed.isOn("watch"))
        case "version": self = .version
        default: throw ArgumentError("a command is needed; see --help")
        }
    }

    /// Whether it changes a server, so that it must be clear which.
    package var changesServer: Bool {
        switch self {
        case .drain, .reload, .logLevel, .advanceClock: true
        // What locks, elections and nodes are does not depend on the server that is asked.
        case .ping, .status, .connections, .streams, .limits, .statistics, .health, .version, .lock,
            .session, .elect, .kv, .nodes, .formCluster, .local, .watch, .top:
            false
        // Nobody knows what a call does; what is asked of one server names it.
        case .call: false
        }
    }

    private static func connections(
        _ parsed: ParsedArguments
    ) throws(ArgumentError) -> ControlCommand {
        guard let text = parsed.value("connection") else {
            return parsed.isOn("streams") ? .streams(connection: 0) : .connections
        }
        guard parsed.isOn("streams") else {
            throw ArgumentError("--connection goes with --streams")
        }
        guard let connection = UInt64(text), connection > 0 else {
            throw ArgumentError("--connection must be an ID that conns shows")
        }
        return .streams(connection: connection)
    }

    private static func advanceClock(
        _ parsed: ParsedArguments
    ) throws(ArgumentError) -> ControlCommand {
        guard let interval = Quantity.interval(parsed.operands.first ?? "") else {
            throw ArgumentError("TIME must be a time, as in 500ms, 10s or 1m30s")
        }
        return .advanceClock(milliseconds: UInt64(interval.millisecondsRoundedUp))
    }

    private static func drain(_ parsed: ParsedArguments) throws(ArgumentError) -> ControlCommand {
        var milliseconds: UInt32 = 0
        if let grace = try parsed.interval("grace") {
            // 0 on the wire means "as configured"; a grace of nothing is as good as one of 1 ms.
            milliseconds = UInt32(clamping: max(1, grace.millisecondsRoundedUp))
        }
        return .drain(graceMilliseconds: milliseconds, reason: parsed.value("reason") ?? "")
    }
}

/// How to measure round trips.
package struct PingPlan: Hashable, Sendable {
    private static let sizeMax = 60 << 10

    /// How many calls; 0 means no end.
    package var count = 5
    /// From one call to the next.
    package var interval = Interval.seconds(1)
    /// Payload of a call.
    package var size = 56
    /// Only the summary is wanted.
    package var isQuiet = false

    package init() {}

    init(_ parsed: ParsedArguments) throws(ArgumentError) {
        count = try parsed.number("count", 0...1_000_000_000) ?? count
        interval = try parsed.interval("interval") ?? interval
        size = try parsed.number("size", 0...Self.sizeMax) ?? size
        isQuiet = parsed.isOn("quiet")
    }
}

extension ParsedArguments {
    func number(_ name: String, _ allowed: ClosedRange<Int>) throws(ArgumentError) -> Int? {
        guard let text = value(name) else { return nil }
        guard let number = Int(text), allowed.contains(number) else {
            throw ArgumentError(
                "--\(name) must be a number from \(allowed.lowerBound) to \(allowed.upperBound)")
        }
        return number
    }

    func interval(_ name: String) throws(ArgumentError) -> Interval? {
        guard let text = value(name) else { return nil }
        guard let interval = Quantity.interval(text) else {
            throw ArgumentError("--\(name) must be a time, as in 500ms, 10s or 1m30s")
        }
        return interval
    }
}

internal import HoldfastWire

/// The calls that wait for a connection or for room on it, first come, first served.
///
/// Streams wait apart from the others: servers count them apart, and a stream that finds no room must
/// not hold up calls that would.
struct WaitingCalls {
    private var answeredOnce: [ClientCall] = []
    private var streams: [ClientCall] = []

    var count: Int { answeredOnce.count + streams.count }
    var isEmpty: Bool { answeredOnce.isEmpty && streams.isEmpty }

    /// Whether nobody stands before a call of this kind.
    func isEmpty(for kind: StreamKind) -> Bool {
        kind == .parked ? streams.isEmpty : answeredOnce.isEmpty
    }

    mutating func append(_ call: ClientCall) {
        if call.kind == .parked { streams.append(call) } else { answeredOnce.append(call) }
    }

    mutating func remove(_ call: ClientCall) {
        if call.kind == .parked {
            streams.removeAll { $0 === call }
        } else {
            answeredOnce.removeAll { $0 === call }
        }
    }

    /// Takes out all that can begin: of each queue, as many from the front as `start` says.
    mutating func start(_ start: (ClientCall) -> Bool) {
        Self.start(&answeredOnce, start)
        Self.start(&streams, start)
    }

    private static func start(_ calls: inout [ClientCall], _ start: (ClientCall) -> Bool) {
        var started = 0
        while started < calls.count, start(calls[started]) { started += 1 }
        calls.removeFirst(started)
    }

    /// All of them; none is left.
    mutating func takeAll() -> [ClientCall] {
        let all = answeredOnce + streams
        answeredOnce = []
        streams = []
        return all
    }
}

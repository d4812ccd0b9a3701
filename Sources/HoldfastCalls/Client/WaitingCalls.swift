internal import HoldfastWireProtocol

/// The calls that wait for a connection or for room on it, first come, first served.
///
/// Each sort waits apart from the others: servers count them apart, and a call that finds no room must
/// not hold up one that would.
struct WaitingCalls {
    private var vital: [ClientCall] = []
    private var unary: [ClientCall] = []
    private var parked: [ClientCall] = []

    var count: Int { vital.count + unary.count + parked.count }
    var isEmpty: Bool { count == 0 }

    private subscript(kind: StreamKind) -> [ClientCall] {
        get {
            switch kind {
            case .vital: vital
            case .unary: unary
            case .parked: parked
            }
        }
        _modify {
            switch kind {
            case .vital: yield &vital
            case .unary: yield &unary
            case .parked: yield &parked
            }
        }
    }

    /// Whether nobody stands before a call of this kind.
    func isEmpty(for kind: StreamKind) -> Bool { self[kind].isEmpty }

    mutating func append(_ call: ClientCall) { self[call.kind].append(call) }

    mutating func remove(_ call: ClientCall) { self[call.kind].removeAll { $0 === call } }

    /// Takes out all that can begin: of each queue, as many from the front as `start` says.
    mutating func start(_ start: (ClientCall) -> Bool) {
        Self.start(&vital, start)
        Self.start(&unary, start)
        Self.start(&parked, start)
    }

    private static func start(_ calls: inout [ClientCall], _ start: (ClientCall) -> Bool) {
        var started = 0
        while started < calls.count, start(calls[started]) { started += 1 }
        calls.removeFirst(started)
    }

    /// All of them; none is left.
    mutating func takeAll() -> [ClientCall] {
        defer { self = WaitingCalls() }
        return vital + unary + parked
    }
}

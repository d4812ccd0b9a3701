package import HoldfastBase

/// What a connection machine knows of one open stream.
package struct StreamRecord: Sendable {
    /// 0 in a slot that is not open.
    package var stream: UInt32
    package var kind: StreamKind
    /// A RESPONSE was written; on the server the slot stays until the work has ended.
    package var answered = false
    /// The caller does not want it any more.
    package var cancelled = false
    /// Whoever works on it has heard that it is not wanted any more; the shell's own mark.
    package var told = false
    /// The code of an answer that was given before the work has ended.
    package var earlyCode: UInt8 = 0
    /// The place of the method in the shell's table.
    package var method: UInt16 = 0
    /// ITEMs that may still be sent (server) or that were allowed and not yet seen (client).
    package var credit: UInt32 = 0
    package var opened: Instant
    package var deadline: Instant

    package init(
        stream: UInt32, kind: StreamKind, opened: Instant, deadline: Instant, method: UInt16 = 0,
        credit: UInt32 = 0
    ) {
        self.stream = stream
        self.kind = kind
        self.opened = opened
        self.deadline = deadline
        self.method = method
        self.credit = credit
    }

    package var isOpen: Bool { stream != 0 }

    static let closed = StreamRecord(
        stream: 0, kind: .unary, opened: .zero, deadline: .never)

    /// A slot in the chain of free ones: the next is kept where the credit would be.
    static func free(next: Int32) -> StreamRecord {
        var record = closed
        record.credit = UInt32(bitPattern: next)
        return record
    }

    var nextFree: Int32 { Int32(bitPattern: credit) }
}

/// Which limit a stream counts against.
package enum StreamKind: UInt8, Sendable {
    /// An ordinary call: answered soon.
    case unary
    /// A wait, watch or server stream: open for long, costs nothing meanwhile.
    case parked
    /// Keep-alive, release, close, health: has slots of its own, so that waits never starve the
    /// calls that end them.
    case vital
}

internal import HoldfastBase

/// Commands in the order in which they were written, each with its bytes, from the oldest without an
/// answer to the newest.
///
/// The bytes stay until the answer has come, for a command may have to be repeated; `sent` of them
/// have been handed to the transport. Answers come in the order of commands: that is all there is to
/// match them by.
struct CommandLane: ~Copyable {
    private var bytes = ByteQueue()
    private var ring: [PendingCommand] = []
    private var head = 0
    private(set) var count = 0
    /// Bytes at the front that the transport has taken.
    private(set) var sent = 0
    /// Bytes at the front that the transport may have taken: TLS keeps a record it could not write.
    private var pinned = 0

    var byteCount: Int { bytes.count }
    var isEmpty: Bool { count == 0 }
    var hasUnsent: Bool { sent < bytes.count }

    /// What is to be written now. Valid until the next mutation.
    @unsafe
    var unsentBytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: bytes.unsafeBytes[sent...])
    }

    var first: PendingCommand? { count == 0 ? nil : ring[head] }

    subscript(index: Int) -> PendingCommand {
        get { ring[(head + index) & (ring.count - 1)] }
        set { ring[(head + index) & (ring.count - 1)] = newValue }
    }

    mutating func append(_ command: consuming PendingCommand, _ text: RawSpan) {
        command.bytes = text.byteCount
        bytes.append(text)
        if count == ring.count { grow() }
        ring[(head + count) & (ring.count - 1)] = command
        count += 1
    }

    /// Appends the command that the writer holds.
    mutating func append(
        _ command: consuming PendingCommand, from writer: borrowing RedisCommandWriter
    ) {
        append(command, writer.bytes)
    }

    /// Takes the oldest command away, answered.
    mutating func removeFirst() {
        let size = ring[head].bytes
        head = (head + 1) & (ring.count - 1)
        count -= 1
        bytes.removeFirst(size)
        sent = max(0, sent - size)
        pinned = max(0, pinned - size)
    }

    /// A copy of the oldest command's bytes.
    func copyFirst() -> [UInt8] {
        guard let first else { return [] }
        return unsafe Array(bytes.unsafeBytes.prefix(first.bytes))
    }

    mutating func written(_ size: Int) {
        sent = min(bytes.count, sent + max(0, size))
    }

    /// The transport could not write and may keep what it was shown.
    mutating func blocked() {
        pinned = bytes.count
    }

    /// Takes out the commands behind what the transport has, whole or in part, that `isDropped`
    /// says; the others keep their order.
    mutating func removeUnsent(_ isDropped: (PendingCommand) -> Bool) {
        let taken = max(sent, pinned)
        var kept = CommandLane()
        var offset = 0
        for index in 0..<count {
            let command = self[index]
            if offset < taken || !isDropped(command) {
                unsafe kept.append(
                    command,
                    RawSpan(
                        _unsafeBytes: UnsafeRawBufferPointer(
                            rebasing: bytes.unsafeBytes[offset..<(offset + command.bytes)])))
            }
            offset += command.bytes
        }
        kept.sent = sent
        kept.pinned = pinned
        self = kept
    }

    /// Whether the command at `offset` of the bytes has not begun to leave.
    func isUnsent(at offset: Int) -> Bool { offset >= max(sent, pinned) }

    /// Moves all commands of `other`, none of which was sent, behind those here.
    mutating func take(_ other: inout CommandLane) {
        var offset = 0
        for index in 0..<other.count {
            let command = other[index]
            unsafe append(
                command,
                RawSpan(
                    _unsafeBytes: UnsafeRawBufferPointer(
                        rebasing: other.bytes.unsafeBytes[offset..<(offset + command.bytes)])))
            offset += command.bytes
        }
        other = CommandLane()
    }

    mutating func releaseIfEmpty() {
        bytes.releaseIfEmpty()
    }

    private mutating func grow() {
        var larger: [PendingCommand] = []
        larger.reserveCapacity(max(16, ring.count * 2))
        for index in 0..<count { larger.append(self[index]) }
        let filler = PendingCommand(purpose: .ping, bytes: 0)
        while larger.count < max(16, ring.count * 2) { larger.append(filler) }
        ring = larger
        head = 0
    }
}

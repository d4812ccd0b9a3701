internal import HoldfastBase
internal import HoldfastRuntime
internal import HoldfastWireProtocol

/// Answers on their way from one loop to the calls of another: their bodies lie encoded in one
/// buffer, so that a batch costs a few allocations however many answers it holds.
///
/// `@unchecked Sendable`: filled on one loop before it is posted, emptied on the other after.
final class AnswerBatch: LoopWork, @unchecked Sendable {
    enum Kind: UInt8 {
        case response
        case element
        case failure
        /// Whether all is sent.
        case question
    }

    private struct Entry {
        let id: HeldCallID
        /// Of the body; the place of the error where it is one.
        let size: Int
        let kind: Kind
    }

    private let desk: AnswerDesk
    private var entries: [Entry] = []
    private var bodies = ByteQueue()
    private var errors: [RPCError] = []

    init(_ desk: AnswerDesk) {
        self.desk = desk
    }

    @inline(__always)
    func append(
        _ kind: Kind, _ id: HeldCallID, bodyBytes: Int, _ write: (inout WireWriter) -> Void
    ) {
        unsafe bodies.append(room: bodyBytes) { room in
            var writer = unsafe WireWriter(room)
            write(&writer)
            if writer.count != bodyBytes { unsafe Self.pad(room, from: writer.count) }
            return bodyBytes
        }
        entries.append(Entry(id: id, size: bodyBytes, kind: kind))
    }

    func append(_ error: RPCError, _ id: HeldCallID) {
        entries.append(Entry(id: id, size: errors.count, kind: .failure))
        errors.append(error)
    }

    func append(questionOf id: HeldCallID) {
        entries.append(Entry(id: id, size: 0, kind: .question))
    }

    func run(on loop: EventLoop) {
        var offset = 0
        // As a rule the answers to one session lie together. One that ended meanwhile knows it.
        var last: (id: UInt64, session: ServerSession?) = (.max, nil)
        for entry in entries {
            let start = offset
            if entry.kind != .failure { offset += entry.size }
            if last.session == nil || last.id != entry.id.high {
                last = (entry.id.high, desk.session(of: entry.id))
            }
            guard let session = last.session else { continue }
            let stream = entry.id.stream
            switch entry.kind {
            case .failure: session.fail(held: stream, errors[entry.size])
            case .question: session.tellWhenSent(held: stream)
            case .response:
                session.respond(held: stream, bodyBytes: entry.size) { put(&$0, start, entry.size) }
            case .element:
                session.send(held: stream, bodyBytes: entry.size) { put(&$0, start, entry.size) }
            }
        }
    }

    @inline(__always)
    private func put(_ writer: inout WireWriter, _ start: Int, _ size: Int) {
        unsafe writer.putRaw(
            UnsafeRawBufferPointer(rebasing: bodies.unsafeBytes[start..<(start + size)]))
    }

    @inline(never)
    private static func pad(_ room: UnsafeMutableRawBufferPointer, from written: Int) {
        unreachable("a body of \(written) bytes was announced as \(room.count)")
        for index in written..<max(written, room.count) { unsafe room[index] = 0 }
    }
}

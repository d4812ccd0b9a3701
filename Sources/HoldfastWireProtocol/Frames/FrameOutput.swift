internal import HoldfastBase

/// The frames one end wants to send, back to back, until the shell has written them.
///
/// Frames of one tick lie in one buffer, so that they leave in one TLS record and one system call.
/// Answers to PING overtake what is queued, at the first frame boundary that has not begun to leave.
package struct FrameOutput: ~Copyable {
    private var queue = ByteQueue()
    /// Bytes at the front that nothing may overtake: the rest of a frame that has begun to leave, or
    /// the HELLO.
    private var committed = 0
    /// The most one TLS record carries.
    private static let recordBytesMax = 16 << 10

    package init() {}

    package var count: Int { queue.count }
    package var isEmpty: Bool { queue.isEmpty }
    package var memoryBytes: Int { queue.memoryBytes }

    /// Everything to be written now. Valid until the next mutation.
    @unsafe
    package var unsafeBytes: UnsafeRawBufferPointer { unsafe queue.unsafeBytes }

    package var bytes: RawSpan {
        @_lifetime(borrow self)
        get { queue.bytes }
    }

    /// Appends a frame whose body is written by `write` into exactly `bodyBytes` of room.
    ///
    /// `write` must fill its room; a shortfall is sent as zero bytes and reported as unreachable.
    @inline(__always)
    package mutating func append(
        _ type: FrameType, flags: UInt8 = 0, stream: UInt32, bodyBytes: Int,
        _ write: (inout WireWriter) -> Void
    ) {
        let header = FrameHeader(type, flags: flags, stream: stream, bodyBytes: bodyBytes)
        unsafe queue.append(room: FrameHeader.bytes + bodyBytes) { room in
            unsafe header.write(to: room)
            var writer = unsafe WireWriter(
                UnsafeMutableRawBufferPointer(rebasing: room[FrameHeader.bytes...]))
            write(&writer)
            if writer.count != bodyBytes {
                unsafe Self.pad(room, from: writer.count, to: bodyBytes)
            }
            return FrameHeader.bytes + bodyBytes
        }
    }

    /// Appends a frame with a HEAD and a BODY.
    package mutating func append(
        _ type: FrameType, stream: UInt32, head: some WireMessage, bodyBytes: Int = 0,
        _ write: (inout WireWriter) -> Void = { _ in }
    ) {
        let headBytes = head.encodedBytes
        let header = FrameHeader(type, stream: stream, headBytes: headBytes, bodyBytes: bodyBytes)
        let size = headBytes + bodyBytes
        unsafe queue.append(room: FrameHeader.bytes + size) { room in
            unsafe header.write(to: room)
            var writer = unsafe WireWriter(
                UnsafeMutableRawBufferPointer(rebasing: room[FrameHeader.bytes...]))
            head.encode(into: &writer)
            write(&writer)
            if writer.count != size { unsafe Self.pad(room, from: writer.count, to: size) }
            return FrameHeader.bytes + size
        }
    }

    /// Appends a frame whose HEAD is encoded already.
    package mutating func append(
        _ type: FrameType, stream: UInt32, encodedHead: RawSpan, bodyBytes: Int,
        _ write: (inout WireWriter) -> Void
    ) {
        let headBytes = encodedHead.byteCount
        let header = FrameHeader(type, stream: stream, headBytes: headBytes, bodyBytes: bodyBytes)
        let size = headBytes + bodyBytes
        unsafe queue.append(room: FrameHeader.bytes + size) { room in
            unsafe header.write(to: room)
            unsafe encodedHead.withUnsafeBytes { head in
                unsafe UnsafeMutableRawBufferPointer(rebasing: room[FrameHeader.bytes...])
                    .copyMemory(from: head)
            }
            var writer = unsafe WireWriter(
                UnsafeMutableRawBufferPointer(rebasing: room[(FrameHeader.bytes + headBytes)...]))
            write(&writer)
            if writer.count != bodyBytes {
                unsafe Self.pad(room, from: headBytes + writer.count, to: size)
            }
            return FrameHeader.bytes + size
        }
    }

    @inline(never)
    private static func pad(_ room: UnsafeMutableRawBufferPointer, from written: Int, to size: Int)
    {
        unreachable("a frame body of \(written) bytes was announced as \(size)")
        for index in written..<max(written, size) { unsafe room[FrameHeader.bytes + index] = 0 }
    }

    /// Appends the HELLO; nothing overtakes it.
    package mutating func appendHello(_ hello: Hello) {
        append(.hello, stream: 0, bodyBytes: hello.encodedBytes) { hello.encode(into: &$0) }
        committed = queue.count
    }

    /// Puts a PING in front of every frame that has not begun to leave.
    package mutating func insertPing(payload: UInt64, acknowledge: Bool) {
        let header = FrameHeader(
            .ping, flags: acknowledge ? FrameFlags.acknowledge : 0, bodyBytes: 8)
        var frame = ByteQueue()
        unsafe frame.append(room: FrameHeader.bytes + 8) { room in
            unsafe header.write(to: room)
            unsafe room.storeBytes(
                of: payload.bigEndian, toByteOffset: FrameHeader.bytes, as: UInt64.self)
            return FrameHeader.bytes + 8
        }
        queue.insert(frame.bytes, at: committed)
    }

    /// The shell has written the first `size` bytes.
    package mutating func written(_ size: Int) {
        guard size < queue.count else {
            queue.removeAll()
            committed = 0
            return
        }
        committed = boundary(atOrAfter: size) - size
        queue.removeFirst(size)
    }

    /// The transport took nothing. It may hold the first record encrypted already (TLS does), so
    /// those bytes must stay where they are: nothing overtakes them and they are not dropped.
    package mutating func blocked() {
        committed = boundary(atOrAfter: min(Self.recordBytesMax, queue.count))
    }

    /// The end of the frame that `offset` lies in; `committed` is where the walk can begin.
    private func boundary(atOrAfter offset: Int) -> Int {
        var boundary = committed
        while boundary < offset {
            boundary += FrameHeader.bytes + FrameHeader(reading: queue.bytes, at: boundary).length
        }
        return boundary
    }

    /// Forgets what has not begun to leave, for a connection that ends at once.
    package mutating func dropUncommitted() {
        queue.removeLast(queue.count - committed)
    }

    package mutating func releaseIfEmpty() {
        queue.releaseIfEmpty()
    }
}

internal import Glibc

/// Owned raw memory into which bytes are appended at the end and from which they are taken at the
/// front: what lies between a socket and a machine.
///
/// The memory is the C heap's, which moves large blocks by mapping their pages elsewhere instead of
/// copying them.
///
/// It is not `[UInt8]` because the hot path writes frames in place and hands out spans of what has
/// arrived, without a copy, a reference count or a uniqueness check. It grows with the bytes it
/// holds, never with a number a peer sent, and an empty queue can give all its memory back: an idle
/// connection owns none.
@safe
package struct ByteQueue: ~Copyable {
    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    private var head = 0
    private var tail = 0

    package init() {}

    deinit {
        unsafe free(base)
    }

    package var count: Int { tail - head }
    package var isEmpty: Bool { head == tail }
    /// Bytes of memory owned, used or not.
    package var memoryBytes: Int { capacity }

    /// What has been appended and not yet removed.
    package var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let buffer = unsafe UnsafeRawBufferPointer(
                start: base.map { unsafe UnsafeRawPointer($0) + head }, count: tail - head)
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: buffer), borrowing: self)
        }
    }

    /// The same bytes for a C function. Valid until the next mutation.
    @unsafe
    package var unsafeBytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(
            start: base.map { unsafe UnsafeRawPointer($0) + head }, count: tail - head)
    }

    /// Lends room for `room` bytes at the end; `fill` returns how many of them it wrote.
    ///
    /// A `fill` that returns more than `room` is cut to `room`.
    @inline(__always)
    package mutating func append<Failure: Error>(
        room: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) {
        reserve(room)
        guard let base = unsafe base else { return }
        let free = unsafe UnsafeMutableRawBufferPointer(start: base + tail, count: room)
        let written = unsafe try fill(free)
        tail += max(0, min(written, room))
    }

    package mutating func append(_ bytes: RawSpan) {
        let size = bytes.byteCount
        guard size > 0 else { return }
        unsafe append(room: size) { room in
            unsafe bytes.withUnsafeBytes { unsafe room.copyMemory(from: $0) }
            return size
        }
    }

    /// Puts `bytes` in front of all but the first `offset` bytes.
    package mutating func insert(_ bytes: RawSpan, at offset: Int) {
        let size = bytes.byteCount
        let place = max(0, min(offset, count))
        reserve(size)
        guard size > 0, let base = unsafe base else { return }
        let target = unsafe base + head + place
        unsafe (target + size).copyMemory(from: target, byteCount: count - place)
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe target.copyMemory(from: start, byteCount: size)
        }
        tail += size
    }

    /// Takes `size` bytes away from the front.
    package mutating func removeFirst(_ size: Int) {
        head += max(0, min(size, count))
        if head == tail {
            head = 0
            tail = 0
        }
    }

    /// Takes `size` bytes away from the end.
    package mutating func removeLast(_ size: Int) {
        tail -= max(0, min(size, count))
    }

    package mutating func removeAll() {
        head = 0
        tail = 0
    }

    /// Gives the memory back when nothing is in it.
    package mutating func releaseIfEmpty() {
        guard head == tail, capacity > 0 else { return }
        unsafe free(base)
        unsafe base = nil
        capacity = 0
        head = 0
        tail = 0
    }

    private mutating func reserve(_ room: Int) {
        guard capacity - tail < room else { return }
        makeRoom(room)
    }

    @inline(never)
    private mutating func makeRoom(_ room: Int) {
        let held = count
        if held + room <= capacity, head >= capacity / 2, let base = unsafe base {
            unsafe base.copyMemory(from: base + head, byteCount: held)
        } else {
            var size = max(capacity, 512)
            while size < held + room { size *= 2 }
            if head > 0, let base = unsafe base {
                unsafe base.copyMemory(from: base + head, byteCount: held)
            }
            guard let larger = unsafe realloc(base, size) else {
                // As the language does where its own allocation fails.
                preconditionFailure("out of memory")
            }
            unsafe base = larger
            capacity = size
        }
        head = 0
        tail = held
    }
}

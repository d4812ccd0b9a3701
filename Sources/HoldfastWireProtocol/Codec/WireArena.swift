// Its headers show the same types again: which of the two modules a type comes from depends on what
// else is compiled.
internal import CHoldfastFrames
internal import CProtobufC
internal import Glibc

/// The memory that protobuf-c decodes into: handed out by moving a pointer, given back all at once.
///
/// One thread's own. The first block stays from call to call, and grows to what calls have needed
/// as far as `keptBytesMax`, so that a loop in its stride allocates nothing. What a decoded message
/// may take is capped by `ScanLimits`; over the cap protobuf-c meets a failed allocation and gives
/// up. Everything decoded is gone at `reset()`: copy out first what is to outlive the call.
@safe public struct WireArena: ~Copyable, @unchecked Sendable {
    // Unchecked: it owns its blocks alone, cannot be copied, and only mutating methods touch them.
    private let state: UnsafeMutablePointer<ArenaState>

    /// An arena whose first block has `firstBlockBytes` and may grow to `keptBytesMax`.
    public init(firstBlockBytes: Int = 16 * 1024, keptBytesMax: Int = 256 * 1024) {
        unsafe state = .allocate(capacity: 1)
        unsafe state.initialize(
            to: ArenaState(firstBlockBytes: firstBlockBytes, keptBytesMax: keptBytesMax))
        unsafe state.pointee.allocator.allocator_data = UnsafeMutableRawPointer(state)
    }

    deinit {
        unsafe state.pointee.freeAll()
        unsafe state.deinitialize(count: 1)
        unsafe state.deallocate()
    }

    /// Takes back all memory: every decoded message of this arena is invalid from here on.
    public mutating func reset() {
        unsafe state.pointee.reset()
    }

    /// Bytes handed out since the last reset.
    public var usedBytes: Int {
        unsafe state.pointee.used
    }

    /// Bytes of the block that stays, and of those that the next reset frees.
    package var reservedBytes: Int {
        unsafe state.pointee.reservedBytes
    }

    /// Allows `bytes` more than what is in use now.
    mutating func allow(_ bytes: Int) {
        let (sum, overflow) = unsafe state.pointee.used.addingReportingOverflow(bytes)
        unsafe state.pointee.usedMax = overflow ? .max : sum
        unsafe state.pointee.isExhausted = false
    }

    /// Whether an allocation was refused since `allow(_:)`.
    var isExhausted: Bool {
        unsafe state.pointee.isExhausted
    }

    /// What protobuf-c allocates with; valid as long as the arena.
    var allocator: UnsafeMutablePointer<ProtobufCAllocator> {
        unsafe UnsafeMutableRawPointer(state).assumingMemoryBound(to: ProtobufCAllocator.self)
    }
}

/// What the allocation callback works on. The allocator comes first: its address is the state's.
@unsafe private struct ArenaState {
    static let alignment = 16
    /// An overflow block is at least this large, so that many small requests share one.
    static let overflowBlockBytes = 32 * 1024

    var allocator: ProtobufCAllocator
    var block: UnsafeMutableRawPointer
    var blockBytes: Int
    /// The free part of the current block, which is `block` or the newest of `overflow`.
    var next: UnsafeMutableRawPointer
    var left: Int
    var overflow: [UnsafeMutableRawPointer] = unsafe []
    var overflowBytes = 0
    var used = 0
    var usedMax = 0
    var isExhausted = false
    let keptBytesMax: Int

    init(firstBlockBytes: Int, keptBytesMax: Int) {
        unsafe allocator = ProtobufCAllocator(
            alloc: { state, bytes in
                unsafe state?.assumingMemoryBound(to: ArenaState.self).pointee.allocate(bytes)
            },
            free: { _, _ in },
            allocator_data: nil)
        unsafe blockBytes = max(firstBlockBytes, Self.alignment)
        unsafe block = UnsafeMutableRawPointer.allocate(
            byteCount: blockBytes, alignment: Self.alignment)
        unsafe next = block
        unsafe left = blockBytes
        unsafe self.keptBytesMax = keptBytesMax
    }

    var reservedBytes: Int { unsafe blockBytes + overflowBytes }

    mutating func allocate(_ requested: Int) -> UnsafeMutableRawPointer? {
        // Zero bytes still need an address of their own; a size_t above Int.max arrives negative.
        let mask = unsafe Self.alignment &- 1
        guard requested >= 0, unsafe requested <= usedMax &- used else {
            unsafe isExhausted = true
            return nil
        }
        let bytes = (max(requested, 1) &+ mask) & ~mask
        if unsafe bytes > left, unsafe !addBlock(bytes) {
            unsafe isExhausted = true
            return nil
        }
        let memory = unsafe next
        unsafe next += bytes
        unsafe left &-= bytes
        unsafe used &+= bytes
        return unsafe memory
    }

    private mutating func addBlock(_ bytes: Int) -> Bool {
        let size = unsafe max(bytes, Self.overflowBlockBytes)
        guard let memory = unsafe malloc(size) else { return false }
        unsafe overflow.append(memory)
        unsafe overflowBytes += size
        unsafe next = memory
        unsafe left = size
        return true
    }

    mutating func reset() {
        if unsafe !overflow.isEmpty {
            unsafe releaseOverflow()
            let wanted = unsafe min(used + used / 4, keptBytesMax)
            if unsafe wanted > blockBytes {
                unsafe block.deallocate()
                unsafe blockBytes = wanted
                unsafe block = UnsafeMutableRawPointer.allocate(
                    byteCount: wanted, alignment: Self.alignment)
            }
        }
        unsafe next = block
        unsafe left = blockBytes
        unsafe used = 0
        unsafe usedMax = 0
    }

    private mutating func releaseOverflow() {
        for index in unsafe overflow.indices { unsafe free(overflow[index]) }
        unsafe overflow.removeAll(keepingCapacity: true)
        unsafe overflowBytes = 0
    }

    mutating func freeAll() {
        unsafe releaseOverflow()
        unsafe block.deallocate()
    }
}

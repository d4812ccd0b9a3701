/// Values in a row that are looked at and changed where they lie.
///
/// The language's array hands out copies when it is asked for a part of an element, and each copy of a
/// large value counts the references of all that it has; what is asked many times by every call lies
/// here. A value like an array: two of them share memory until one is changed.
@safe
struct Slab<Element: Sendable>: @unchecked Sendable {
    /// The memory of one or several slabs; changed only by one that has it alone.
    @safe
    private final class Memory {
        var base: UnsafeMutablePointer<Element>
        var capacity: Int
        var count = 0

        init(capacity: Int) {
            self.capacity = capacity
            unsafe base = .allocate(capacity: capacity)
        }

        deinit {
            unsafe base.deinitialize(count: count)
            unsafe base.deallocate()
        }

        func resize(_ size: Int) {
            let larger = UnsafeMutablePointer<Element>.allocate(capacity: size)
            unsafe larger.moveInitialize(from: base, count: count)
            unsafe base.deallocate()
            unsafe base = larger
            capacity = size
        }

        func copy() -> Memory {
            let copy = Memory(capacity: max(count, 1))
            unsafe copy.base.initialize(from: base, count: count)
            copy.count = count
            return copy
        }
    }

    private var memory = Memory(capacity: 1)

    var count: Int { memory.count }
    var isEmpty: Bool { memory.count == 0 }
    var capacity: Int { memory.capacity }
    var indices: Range<Int> { 0..<memory.count }

    subscript(index: Int) -> Element {
        @_transparent
        unsafeAddress { unsafe address(index) }
        @_transparent
        unsafeMutableAddress { unsafe mutableAddress(index) }
    }

    /// Where an element lies until the slab is changed: for the accessors of those built on it.
    @unsafe
    @_transparent
    func address(_ index: Int) -> UnsafePointer<Element> {
        precondition(index >= 0 && index < memory.count)
        return unsafe UnsafePointer(memory.base + index)
    }

    @unsafe
    @_transparent
    mutating func mutableAddress(_ index: Int) -> UnsafeMutablePointer<Element> {
        precondition(index >= 0 && index < memory.count)
        own()
        return unsafe memory.base + index
    }

    mutating func append(_ element: consuming Element) {
        own()
        // By a quarter where they are many: ten thousand large ones need no room for twenty.
        if count == capacity {
            memory.resize(capacity + max(4, min(capacity, capacity / 4 + 1024)))
        }
        unsafe (memory.base + count).initialize(to: element)
        memory.count += 1
    }

    mutating func removeLast() -> Element {
        precondition(!isEmpty)
        own()
        memory.count -= 1
        return unsafe (memory.base + memory.count).move()
    }

    mutating func swapAt(_ left: Int, _ right: Int) {
        precondition(indices.contains(left) && indices.contains(right))
        guard left != right else { return }
        own()
        let kept = unsafe (memory.base + left).move()
        unsafe (memory.base + left).moveInitialize(from: memory.base + right, count: 1)
        unsafe (memory.base + right).initialize(to: kept)
    }

    /// Gives back memory that is not needed.
    mutating func trim() {
        own()
        memory.resize(max(count, 1))
    }

    private mutating func own() {
        if !isKnownUniquelyReferenced(&memory) { memory = memory.copy() }
    }
}

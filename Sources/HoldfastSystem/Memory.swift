internal import CHoldfastSystem

/// What the C heap holds, for benchmarks and metrics.
package enum Memory {
    /// Bytes in use in the C heap.
    package static func heapBytes() -> Int {
        Int(clamping: hf_heap_bytes())
    }

    /// Gives freed memory back to the system.
    package static func trim() {
        hf_trim_heap()
    }
}

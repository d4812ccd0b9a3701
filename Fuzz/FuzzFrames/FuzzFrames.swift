import HoldfastTestWire

/// libFuzzer's entry point; see tools/fuzz.
@_cdecl("LLVMFuzzerTestOneInput")
@unsafe public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    if let broken = FuzzedConnection.brokenPromise(of: input) { fatalError(broken) }
    return 0
}

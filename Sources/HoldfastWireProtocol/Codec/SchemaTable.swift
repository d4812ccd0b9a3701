// Its headers show the same types again: which of the two modules a type comes from depends on what
// else is compiled.
internal import CHoldfastFrames
internal import CProtobufC

/// Rules by field number. Small numbers index an array; what lies beyond is found by bisection.
@safe struct SchemaTable {
    /// Numbers below this are looked up by index, whatever the message.
    static let denseNumbersMin = 32
    /// No table by index is longer than this: a field numbered 2^29 - 1 must not cost 8 GiB.
    static let denseNumbersMax = 1024

    let descriptor: UnsafePointer<ProtobufCMessageDescriptor>
    /// Rules of the numbers `0 ..< denseCount`.
    let dense: UnsafePointer<FieldRule>
    let denseCount: Int
    /// The numbers from `denseCount` on, ascending, and their rules.
    let sparseNumbers: UnsafePointer<UInt32>
    let sparse: UnsafePointer<FieldRule>
    let sparseCount: Int

    var fullName: String {
        unsafe String(cString: descriptor.pointee.name)
    }

    @inline(__always)
    func rule(_ number: UInt32) -> FieldRule {
        if Int(number) < denseCount { return unsafe dense[Int(number)] }
        return sparseRule(number)
    }

    @inline(never)
    private func sparseRule(_ number: UInt32) -> FieldRule {
        var low = 0
        var high = sparseCount
        while low < high {
            let middle = (low + high) / 2
            let found = unsafe sparseNumbers[middle]
            if found == number { return unsafe sparse[middle] }
            if found < number { low = middle + 1 } else { high = middle }
        }
        return FieldRule.unknown
    }
}

// Its headers show the same types again: which of the two modules a type comes from depends on what
// else is compiled.
internal import CHoldfastFrames
internal import CProtobufC
internal import Synchronization

/// Compiles descriptors to tables, once each.
///
/// A table enters the registry before its fields are compiled, so that types which contain each
/// other end; the lock is held all the while, so that no other thread meets a half-made table.
enum SchemaRegistry {
    private static let tables = Mutex<[UInt: UInt]>([:])

    static func table(of descriptor: UnsafeRawPointer) -> UnsafePointer<SchemaTable> {
        let found = tables.withLock { known in
            let typed = unsafe descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
            return UInt(bitPattern: unsafe compile(typed, &known))
        }
        guard let table = unsafe UnsafePointer<SchemaTable>(bitPattern: found) else {
            preconditionFailure("the allocator gave address 0")
        }
        return unsafe table
    }

    private static func compile(
        _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>, _ known: inout [UInt: UInt]
    ) -> UnsafePointer<SchemaTable> {
        let address = UInt(bitPattern: descriptor)
        if let found = known[address],
            let table = unsafe UnsafePointer<SchemaTable>(bitPattern: found)
        {
            return unsafe table
        }
        let table = UnsafeMutablePointer<SchemaTable>.allocate(capacity: 1)
        known[address] = UInt(bitPattern: table)

        let fields = unsafe UnsafeBufferPointer(
            start: descriptor.pointee.fields, count: Int(descriptor.pointee.n_fields))
        let denseEnd = unsafe denseCount(fields)
        let dense = UnsafeMutablePointer<FieldRule>.allocate(capacity: denseEnd)
        unsafe dense.initialize(repeating: .unknown, count: denseEnd)
        // protobuf-c sorts the fields of a descriptor by number.
        let sparseCount = unsafe fields.count { unsafe Int($0.id) >= denseEnd }
        let numbers = UnsafeMutablePointer<UInt32>.allocate(capacity: sparseCount)
        let sparse = UnsafeMutablePointer<FieldRule>.allocate(capacity: sparseCount)

        var slots = DuplicateSlots()
        var sparseNext = 0
        for index in fields.indices {
            let field = unsafe fields[index]
            let rule = unsafe rule(of: field, slots: &slots, &known)
            if unsafe Int(field.id) < denseEnd {
                unsafe dense[Int(field.id)] = rule
            } else {
                unsafe (numbers + sparseNext).initialize(to: field.id)
                unsafe (sparse + sparseNext).initialize(to: rule)
                sparseNext += 1
            }
        }
        unsafe table.initialize(
            to: SchemaTable(
                descriptor: descriptor, dense: dense, denseCount: denseEnd,
                sparseNumbers: numbers, sparse: sparse, sparseCount: sparseCount))
        return unsafe UnsafePointer(table)
    }

    /// By index as far as the table stays a small multiple of the number of fields.
    private static func denseCount(_ fields: UnsafeBufferPointer<ProtobufCFieldDescriptor>) -> Int {
        let longest = min(
            SchemaTable.denseNumbersMax, 4 * fields.count + SchemaTable.denseNumbersMin)
        var end = SchemaTable.denseNumbersMin
        for index in fields.indices {
            let number = unsafe Int(fields[index].id)
            if number < longest { end = max(end, number + 1) }
        }
        return end
    }

    private static func rule(
        of field: ProtobufCFieldDescriptor, slots: inout DuplicateSlots, _ known: inout [UInt: UInt]
    ) -> FieldRule {
        var rule = FieldRule.unknown
        let isRepeated = unsafe field.label == PROTOBUF_C_LABEL_REPEATED
        switch unsafe field.type {
        case PROTOBUF_C_TYPE_STRING:
            rule.expectedWireType = WireType.lengthPrefixed
            rule.lengthAction = .text
        case PROTOBUF_C_TYPE_BYTES:
            rule.expectedWireType = WireType.lengthPrefixed
        case PROTOBUF_C_TYPE_MESSAGE:
            rule.expectedWireType = WireType.lengthPrefixed
            rule.lengthAction = .message
            let child = unsafe UnsafeRawPointer(field.descriptor)
                .assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
            unsafe rule.child = compile(child, &known)
            if !isRepeated { rule.duplicateSlot = unsafe slots.slot(of: field) }
        case PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_DOUBLE:
            rule.expectedWireType = WireType.fixed64
            rule.lengthAction = isRepeated ? .packedFixed64 : .refuse
        case PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_FLOAT:
            rule.expectedWireType = WireType.fixed32
            rule.lengthAction = isRepeated ? .packedFixed32 : .refuse
        default:
            rule.expectedWireType = WireType.varint
            rule.lengthAction = isRepeated ? .packedVarint : .refuse
        }
        return rule
    }

    /// Hands out the bits that tell whether a singular message has occurred.
    private struct DuplicateSlots {
        private var used: UInt8 = 0
        /// By the place of the oneof's case in the C struct, which names the oneof.
        private var oneofs: [UInt32: UInt8] = [:]

        mutating func slot(of field: ProtobufCFieldDescriptor) -> UInt8 {
            let isOneof = unsafe field.flags & UInt32(PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue) != 0
            if isOneof, let slot = unsafe oneofs[field.quantifier_offset] { return slot }
            // The generator refuses such a message, so only a hand-made descriptor gets here.
            precondition(used < FieldRule.duplicateSlots, "too many singular messages in one type")
            let slot = used
            used += 1
            if isOneof { unsafe oneofs[field.quantifier_offset] = slot }
            return slot
        }
    }
}

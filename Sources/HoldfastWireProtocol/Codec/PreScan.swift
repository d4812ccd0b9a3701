/// Reads the wire format before protobuf-c does, and refuses what protobuf-c must not see.
///
/// protobuf-c 1.4.1 trusts its input: it recurses as deep as the bytes nest, keeps every unknown
/// field in an allocation of its own, merges repeated occurrences of a singular message in
/// quadratic time, cuts text at a NUL and takes text that is not UTF-8. One pass over the bytes,
/// driven by the tables of `SchemaTable`, closes all of these; it costs about a fifth of what
/// unpacking costs. Stricter than the protobuf specification on purpose: duplicate singular
/// messages, NUL in text, known fields with a foreign wire type, groups, and the two budgets.
///
/// The bounds are checked by hand and the loads are unchecked: every load is preceded by a
/// comparison with `end`, and `end` never exceeds the span.
struct PreScan {
    private let depthMax: Int
    private var fieldsLeft: Int

    init(limits: ScanLimits) {
        depthMax = limits.depthMax
        fieldsLeft = limits.fieldsMax
    }

    /// Checks all of `bytes` as a message of the type of `table`.
    mutating func scan(
        _ bytes: RawSpan, as table: UnsafePointer<SchemaTable>
    ) throws(ScanFailure) {
        guard depthMax > 0 else { throw unsafe ScanFailure(.tooDeep, in: table, at: 0) }
        try unsafe message(bytes, from: 0, to: bytes.byteCount, as: table, depth: 1)
    }

    private mutating func message(
        _ bytes: RawSpan, from start: Int, to end: Int,
        as table: UnsafePointer<SchemaTable>, depth: Int
    ) throws(ScanFailure) {
        var at = start
        var seen: UInt64 = 0
        while at < end {
            let fieldStart = at
            var reader = Reader(at: at, end: end)
            let tag = try unsafe reader.tag(bytes, table)
            let number = tag >> 3
            let wireType = UInt8(truncatingIfNeeded: tag & 7)
            let rule = unsafe table.pointee.rule(number)
            fieldsLeft &-= 1
            guard fieldsLeft >= 0 else {
                throw unsafe ScanFailure(.tooManyFields, in: table, at: fieldStart, field: number)
            }
            let place = unsafe Place(table: table, field: number, depth: depth)
            if wireType == WireType.lengthPrefixed {
                let count = try unsafe reader.length(bytes, place)
                at = reader.at &+ count
                try unsafe value(bytes, from: reader.at, to: at, rule, place, &seen)
            } else {
                let expected = rule.expectedWireType
                guard wireType == expected || expected == FieldRule.anyWireType else {
                    throw unsafe place.failure(
                        wireType == WireType.groupStart || wireType == WireType.groupEnd
                            ? .group : .wireTypeMismatch, fieldStart)
                }
                try unsafe reader.skipScalar(bytes, wireType, place)
                at = reader.at
            }
        }
    }

    /// Checks a length-prefixed value.
    @inline(__always)
    private mutating func value(
        _ bytes: RawSpan, from start: Int, to end: Int, _ rule: FieldRule, _ place: Place,
        _ seen: inout UInt64
    ) throws(ScanFailure) {
        switch rule.lengthAction {
        case .skip:
            return
        case .text:
            switch TextCheck.check(bytes, from: start, to: end) {
            case .good: return
            case .hasNUL: throw unsafe place.failure(.nulInText, start)
            case .notUTF8: throw unsafe place.failure(.invalidText, start)
            }
        case .message:
            let slot = rule.duplicateSlot
            if slot != FieldRule.mayRepeat {
                let bit: UInt64 = 1 &<< UInt64(slot)
                guard seen & bit == 0 else {
                    throw unsafe place.failure(.duplicateMessage, start)
                }
                seen |= bit
            }
            guard let child = unsafe rule.child, unsafe place.depth < depthMax else {
                throw unsafe place.failure(.tooDeep, start)
            }
            try unsafe message(bytes, from: start, to: end, as: child, depth: place.depth + 1)
        case .packedVarint:
            try unsafe packedVarints(bytes, from: start, to: end, place)
        case .packedFixed32:
            try unsafe packedFixed(bytes, from: start, to: end, width: 4, place)
        case .packedFixed64:
            try unsafe packedFixed(bytes, from: start, to: end, width: 8, place)
        case .refuse:
            throw unsafe place.failure(.wireTypeMismatch, start)
        }
    }

    private mutating func packedFixed(
        _ bytes: RawSpan, from start: Int, to end: Int, width: Int, _ place: Place
    ) throws(ScanFailure) {
        let count = (end - start) / width
        guard count * width == end - start else { throw unsafe place.failure(.truncated, start) }
        fieldsLeft -= count
        guard fieldsLeft >= 0 else { throw unsafe place.failure(.tooManyFields, start) }
    }

    private mutating func packedVarints(
        _ bytes: RawSpan, from start: Int, to end: Int, _ place: Place
    ) throws(ScanFailure) {
        var reader = Reader(at: start, end: end)
        while reader.at < end {
            fieldsLeft -= 1
            guard fieldsLeft >= 0 else { throw unsafe place.failure(.tooManyFields, reader.at) }
            try unsafe reader.skipVarint(bytes, place)
        }
    }
}

extension PreScan {
    /// Which field of which message is being read, for errors.
    @unsafe fileprivate struct Place {
        let table: UnsafePointer<SchemaTable>
        let field: UInt32
        let depth: Int

        @inline(never)
        func failure(_ kind: WireDecodingError.Kind, _ at: Int) -> ScanFailure {
            unsafe ScanFailure(kind, in: table, at: at, field: field)
        }
    }

    /// A place in the bytes and the end of the message it is in.
    fileprivate struct Reader {
        var at: Int
        let end: Int

        /// The tag at `at`, of a number and wire type that exist; groups are left to the caller.
        @inline(__always)
        mutating func tag(
            _ bytes: RawSpan, _ table: UnsafePointer<SchemaTable>
        ) throws(ScanFailure) -> UInt32 {
            let first = unsafe bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self)
            if first < 0x80, first >= 8, first & 7 < 3 {
                at &+= 1
                return UInt32(first)
            }
            return try unsafe longTag(bytes, table)
        }

        @inline(never)
        private mutating func longTag(
            _ bytes: RawSpan, _ table: UnsafePointer<SchemaTable>
        ) throws(ScanFailure) -> UInt32 {
            let start = at
            let place = unsafe Place(table: table, field: 0, depth: 0)
            let value = try unsafe number(bytes, place)
            let wireType = UInt8(truncatingIfNeeded: value & 7)
            let field = value >> 3
            guard field > 0, wireType <= WireType.fixed32 else {
                throw unsafe place.failure(.invalidTag, start)
            }
            guard wireType != WireType.groupStart, wireType != WireType.groupEnd else {
                throw unsafe ScanFailure(.group, in: table, at: start, field: field)
            }
            return value
        }

        /// A length, and that so many bytes follow it.
        @inline(__always)
        mutating func length(_ bytes: RawSpan, _ place: Place) throws(ScanFailure) -> Int {
            guard at < end else { throw unsafe place.failure(.truncated, at) }
            let first = unsafe bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self)
            let count: Int
            if first < 0x80 {
                at &+= 1
                count = Int(first)
            } else {
                count = Int(try unsafe number(bytes, place))
            }
            guard count <= end &- at else { throw unsafe place.failure(.truncated, at) }
            return count
        }

        /// A varint of at most 32 bits in at most five bytes: all that protobuf-c reads of a tag or
        /// a length.
        @inline(never)
        private mutating func number(
            _ bytes: RawSpan, _ place: Place
        ) throws(ScanFailure) -> UInt32 {
            let start = at
            var value: UInt64 = 0
            for shift: UInt64 in [0, 7, 14, 21, 28] {
                guard at < end else { throw unsafe place.failure(.truncated, start) }
                let byte = unsafe bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self)
                at &+= 1
                value |= UInt64(byte & 0x7f) &<< shift
                if byte < 0x80 {
                    guard value <= UInt64(UInt32.max) else { break }
                    return UInt32(value)
                }
            }
            throw unsafe place.failure(.varintTooLong, start)
        }

        /// Passes over a scalar that is not length-prefixed.
        @inline(__always)
        mutating func skipScalar(
            _ bytes: RawSpan, _ wireType: UInt8, _ place: Place
        ) throws(ScanFailure) {
            if wireType == WireType.varint {
                try unsafe skipVarint(bytes, place)
                return
            }
            let width = wireType == WireType.fixed64 ? 8 : 4
            guard width <= end &- at else { throw unsafe place.failure(.truncated, at) }
            at &+= width
        }

        @inline(__always)
        mutating func skipVarint(_ bytes: RawSpan, _ place: Place) throws(ScanFailure) {
            let start = at
            repeat {
                guard at < end else { throw unsafe place.failure(.truncated, start) }
                guard at &- start < 10 else { throw unsafe place.failure(.varintTooLong, start) }
                at &+= 1
            } while unsafe bytes.unsafeLoad(fromByteOffset: at &- 1, as: UInt8.self) >= 0x80
        }
    }
}

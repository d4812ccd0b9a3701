internal import CHiredis

/// Owns hiredis' reader of replies, and makes Swift values of what it finds.
///
/// hiredis keeps what has not been read yet and finds the pieces; `ReplyBuilder` is told of each by
/// the callbacks, bounds them and puts them together, so that no C object is ever made of a reply.
/// Whatever a node sends ends as values, as "more is needed", or as one violation that stays.
@safe
package struct ReplyReader: ~Copyable {
    /// What came of asking for the next reply.
    package enum Step: Hashable, Sendable {
        case value(RedisValue)
        /// More bytes are needed.
        case starved
        /// Final.
        case violation(ReplyViolation)
    }

    /// Bytes beside those of a string: its length in digits and two line ends.
    private static let lengthBytesMax = 32

    private let limits: ReplyLimits
    private let reader: UnsafeMutablePointer<redisReader>
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let builder: UnsafeMutablePointer<ReplyBuilder>
    private var violation: ReplyViolation?

    package init(limits: ReplyLimits = ReplyLimits()) {
        self.limits = limits
        unsafe functions = .allocate(capacity: 1)
        unsafe functions.initialize(to: Self.callbacks())
        unsafe builder = .allocate(capacity: 1)
        unsafe builder.initialize(to: ReplyBuilder(limits: limits))
        guard let reader = unsafe redisReaderCreateWithFunctions(functions) else {
            // As the language does where its own allocation fails.
            preconditionFailure("out of memory")
        }
        unsafe reader.pointee.privdata = UnsafeMutableRawPointer(builder)
        unsafe self.reader = reader
    }

    deinit {
        unsafe redisReaderFree(reader)
        unsafe functions.deallocate()
        unsafe builder.deinitialize(count: 1)
        unsafe builder.deallocate()
    }

    /// Takes bytes that have come; `next` makes replies of them.
    package mutating func feed(_ bytes: RawSpan) {
        guard violation == nil, bytes.byteCount > 0 else { return }
        let result = unsafe bytes.withUnsafeBytes { raw in
            unsafe redisReaderFeed(
                reader, raw.baseAddress?.assumingMemoryBound(to: CChar.self), raw.count)
        }
        if result != REDIS_OK { violation = .tooLong }
    }

    /// The next reply that is whole.
    package mutating func next() -> Step {
        if let violation { return .violation(violation) }
        var reply: UnsafeMutableRawPointer?
        guard unsafe redisReaderGetReply(reader, &reply) == REDIS_OK else {
            return fail(unsafe builder.pointee.refusal ?? .malformed)
        }
        guard unsafe reply != nil else { return starved() }
        // A later hiredis knows kinds of replies that no callback of ours is told of.
        guard let value = unsafe builder.pointee.take() else { return fail(.malformed) }
        return .value(value)
    }

    /// What is kept waits for the rest of one line or string, and must not grow beyond that.
    private mutating func starved() -> Step {
        let held = unsafe reader.pointee.len - reader.pointee.pos
        guard held > limits.lineBytesMax else { return .starved }
        // hiredis has passed over the mark of the kind already: a string begins with its length.
        let first = unsafe reader.pointee.buf[Int(reader.pointee.pos)]
        let isString = first >= 0x30 && first <= 0x39
        return isString && held <= limits.bulkBytesMax + Self.lengthBytesMax
            ? .starved : fail(.tooLong)
    }

    private mutating func fail(_ reason: ReplyViolation) -> Step {
        violation = reason
        return .violation(reason)
    }

    // MARK: Called by hiredis

    /// Each answers a pointer that is not null, which hiredis hands back as the reply; null refuses.
    private static func callbacks() -> redisReplyObjectFunctions {
        var table = redisReplyObjectFunctions()
        unsafe table.createString = { task, bytes, size in
            unsafe ReplyReader.addString(task, bytes, Int(clamping: size))
        }
        unsafe table.createArray = { task, count in
            guard let task = unsafe task, let home = unsafe ReplyReader.home(task) else {
                return nil
            }
            return unsafe home.pointee.open(Int(count)) ? UnsafeMutableRawPointer(home) : nil
        }
        unsafe table.createInteger = { task, number in
            guard let task = unsafe task, let home = unsafe ReplyReader.home(task) else {
                return nil
            }
            unsafe home.pointee.add(.integer(number))
            return UnsafeMutableRawPointer(home)
        }
        unsafe table.createNil = { task in
            guard let task = unsafe task, let home = unsafe ReplyReader.home(task) else {
                return nil
            }
            unsafe home.pointee.add(.null)
            return UnsafeMutableRawPointer(home)
        }
        unsafe table.freeObject = { _ in }
        return table
    }

    private static func home(
        _ task: UnsafePointer<redisReadTask>
    ) -> UnsafeMutablePointer<ReplyBuilder>? {
        unsafe task.pointee.privdata?.assumingMemoryBound(to: ReplyBuilder.self)
    }

    private static func addString(
        _ task: UnsafePointer<redisReadTask>?, _ start: UnsafeMutablePointer<CChar>?, _ size: Int
    ) -> UnsafeMutableRawPointer? {
        guard let task = unsafe task, let home = unsafe home(task) else { return nil }
        guard unsafe home.pointee.admits(bytes: size) else { return nil }
        let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: size))
        switch unsafe task.pointee.type {
        case REDIS_REPLY_STATUS: unsafe home.pointee.add(.status(bytes))
        case REDIS_REPLY_ERROR: unsafe home.pointee.add(.error(bytes))
        default: unsafe home.pointee.add(.bulk(bytes))
        }
        return UnsafeMutableRawPointer(home)
    }
}

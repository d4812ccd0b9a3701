/// Puts a reply together from the pieces that the reader finds, in their order.
struct ReplyBuilder {
    private struct Frame {
        var values: [RedisValue]
        var missing: Int
    }

    /// Room made for the elements of an array before any has come: a number that a node sends must
    /// not by itself cost memory.
    private static let reservedElements = 16

    private let limits: ReplyLimits
    private var frames: [Frame] = []
    private var finished: RedisValue?
    private var elements = 0
    private var bytes = 0
    /// Why a piece was refused.
    private(set) var refusal: ReplyViolation?

    init(limits: ReplyLimits) {
        self.limits = limits
        frames.reserveCapacity(limits.depthMax)
    }

    /// The whole reply, if there is exactly that.
    mutating func take() -> RedisValue? {
        guard frames.isEmpty, let value = finished else { return nil }
        finished = nil
        elements = 0
        bytes = 0
        return value
    }

    /// Whether a string of so many bytes is admitted.
    mutating func admits(bytes size: Int) -> Bool {
        bytes += size
        guard size <= limits.bulkBytesMax, bytes <= limits.replyBytesMax else {
            refusal = .tooLong
            return false
        }
        return true
    }

    /// An array of `count` elements begins.
    mutating func open(_ count: Int) -> Bool {
        guard frames.count < limits.depthMax else {
            refusal = .tooDeep
            return false
        }
        guard count >= 0, count <= limits.elementsMax - elements else {
            refusal = .tooManyElements
            return false
        }
        elements += count
        guard count > 0 else {
            add(.array([]))
            return true
        }
        var values: [RedisValue] = []
        values.reserveCapacity(min(count, Self.reservedElements))
        frames.append(Frame(values: values, missing: count))
        return true
    }

    /// The next element of the innermost array, or the reply.
    mutating func add(_ value: RedisValue) {
        guard !frames.isEmpty else {
            finished = value
            return
        }
        frames[frames.count - 1].values.append(value)
        frames[frames.count - 1].missing -= 1
        // An array that is complete is itself an element; seldom more than one level closes.
        while let frame = frames.last, frame.missing == 0 {
            frames.removeLast()
            if frames.isEmpty {
                finished = .array(frame.values)
            } else {
                frames[frames.count - 1].values.append(.array(frame.values))
                frames[frames.count - 1].missing -= 1
            }
        }
    }
}

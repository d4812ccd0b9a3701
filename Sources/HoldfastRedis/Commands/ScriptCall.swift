internal import HoldfastBase

/// One call of a script, written once and copied to every node that is asked.
///
/// The memory is reused: keep one `ScriptCall` and begin it anew for each call. Keys come first, as
/// many as announced, then the arguments.
package struct ScriptCall: ~Copyable {
    private var writer = RedisCommandWriter()
    /// The place of the script in its set.
    package private(set) var script = 0

    package init() {}

    /// Forgets the last call and begins one of the script at `index` of `set`.
    package mutating func begin(_ index: Int, of set: ScriptSet, keys: Int, arguments: Int) {
        writer.removeAll()
        script = index
        writer.begin(words: 3 + keys + arguments)
        let prefix = set.scripts[index].callPrefix
        unsafe writer.append(written: prefix.span.bytes, words: 2)
        writer.append(UInt64(keys))
    }

    /// The next key or argument.
    package mutating func append(_ bytes: RawSpan) { writer.append(bytes) }
    /// The next key or argument.
    package mutating func append(_ bytes: [UInt8]) { writer.append(bytes) }
    /// The next key or argument.
    package mutating func append(_ text: String) { writer.append(text) }
    /// The next key or argument, in decimal.
    package mutating func append(_ number: UInt64) { writer.append(number) }
    /// The next key or argument, in decimal.
    package mutating func append(_ number: Int64) { writer.append(number) }

    /// Puts `bytes` in the place of as many that begin at `offset` of what was written.
    package mutating func replace(at offset: Int, with bytes: RawSpan) {
        writer.replace(at: offset, with: bytes)
    }

    /// Whether as many words were appended as announced.
    package var isWhole: Bool { writer.missing == 0 && !writer.queue.isEmpty }

    /// The command as it is sent.
    package var bytes: RawSpan {
        @_lifetime(borrow self)
        get { writer.bytes }
    }
}

/// Names that begin with a prefix and lie behind another name, in the order of their bytes.
package struct RegisterRange: Hashable, Sendable {
    private let prefix: String
    private let after: String

    package init(prefix: String, after: String) {
        self.prefix = prefix
        self.after = after
    }

    /// Whether `name` lies in the range, or behind its end.
    package func isReached(by name: String) -> Bool {
        !Self.isLess(name, prefix) && Self.isLess(after, name)
    }

    /// Whether a name behind the beginning is one of the range.
    package func holds(_ name: String) -> Bool { name.utf8.starts(with: prefix.utf8) }

    /// As Redis wants the beginning.
    package var lowest: [UInt8] {
        Self.isLess(after, prefix)
            ? [UInt8(ascii: "[")] + Array(prefix.utf8) : [UInt8(ascii: "(")] + Array(after.utf8)
    }

    /// As Redis wants the end: before the first name that is larger than all with the prefix.
    package var highest: [UInt8] {
        var bytes = Array(prefix.utf8)
        // No byte of UTF-8 is the largest one.
        guard let last = bytes.popLast() else { return [UInt8(ascii: "+")] }
        return [UInt8(ascii: "(")] + bytes + [last + 1]
    }

    private static func isLess(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}

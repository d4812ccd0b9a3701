/// Some of at most eight nodes.
package struct NodeSet: Hashable, Sendable, Sequence {
    package var bits: UInt8

    package init(bits: UInt8 = 0) {
        self.bits = bits
    }

    package init(_ nodes: some Sequence<Int>) {
        bits = nodes.reduce(0) { $0 | 1 << UInt8($1) }
    }

    /// How many nodes a cluster may have.
    package static let nodesMax = 7

    package var count: Int { bits.nonzeroBitCount }
    package var isEmpty: Bool { bits == 0 }

    package func contains(_ node: Int) -> Bool { bits & 1 << UInt8(node) != 0 }
    package mutating func insert(_ node: Int) { bits |= 1 << UInt8(node) }
    package mutating func remove(_ node: Int) { bits &= ~(1 << UInt8(node)) }
    package func union(_ other: NodeSet) -> NodeSet { NodeSet(bits: bits | other.bits) }
    package func subtracting(_ other: NodeSet) -> NodeSet { NodeSet(bits: bits & ~other.bits) }
    package func intersection(_ other: NodeSet) -> NodeSet { NodeSet(bits: bits & other.bits) }

    package struct Iterator: IteratorProtocol {
        var left: UInt8

        package mutating func next() -> Int? {
            guard left != 0 else { return nil }
            let node = left.trailingZeroBitCount
            left &= left &- 1
            return node
        }
    }

    package func makeIterator() -> Iterator { Iterator(left: bits) }
}

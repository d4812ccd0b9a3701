/// A terminal that is drawn on as a whole; a stand-in in tests.
package struct Screen: Sendable {
    package struct Size: Hashable, Sendable {
        package let columns: Int
        package let rows: Int

        package init(columns: Int, rows: Int) {
            self.columns = columns
            self.rows = rows
        }
    }

    package enum Event: Hashable, Sendable {
        case key(TopKey)
        case resized
    }

    /// Takes the terminal; what is typed and each new size go to `sink` from then on.
    package let enter: @Sendable (_ sink: @escaping @Sendable (Event) -> Void) -> Void
    /// Makes the terminal what it was. May be called twice.
    package let leave: @Sendable () -> Void
    package let size: @Sendable () -> Size

    package init(
        enter: @escaping @Sendable (_ sink: @escaping @Sendable (Event) -> Void) -> Void,
        leave: @escaping @Sendable () -> Void, size: @escaping @Sendable () -> Size
    ) {
        self.enter = enter
        self.leave = leave
        self.size = size
    }
}

/// What can be typed at `top`.
package enum TopKey: Hashable, Sendable {
    case quit
    case pause
    case up
    case down
    case byWaiters
    case byName

    /// The keys in what was read, in order. What is no key of ours is passed over.
    package static func keys(in bytes: [UInt8]) -> [TopKey] {
        var keys: [TopKey] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "q"), UInt8(ascii: "Q"), 3: keys.append(.quit)
            case UInt8(ascii: " "): keys.append(.pause)
            case UInt8(ascii: "k"): keys.append(.up)
            case UInt8(ascii: "j"): keys.append(.down)
            case UInt8(ascii: "w"): keys.append(.byWaiters)
            case UInt8(ascii: "n"): keys.append(.byName)
            case 0x1B:
                guard rest.popFirst() == UInt8(ascii: "[") else { continue }
                switch rest.popFirst() {
                case UInt8(ascii: "A"): keys.append(.up)
                case UInt8(ascii: "B"): keys.append(.down)
                default: continue
                }
            default: continue
            }
        }
        return keys
    }
}
